"""stadls: timed playback programs."""
from stadls.builder import PlaybackProgramBuilder
