"""grenade: experiments as graphs, and programs for the embedded processors."""
