"""Running graphs on chips."""

from __future__ import annotations

from grenade.execution.executor import JITGraphExecutor, ManagedJITGraphExecutor
from grenade.execution.hooks import ExecutionInstanceHooks

JITGraphExecutorHandle = JITGraphExecutor
"""What `ManagedJITGraphExecutor` gives."""

__all__ = ["ExecutionInstanceHooks", "JITGraphExecutor", "JITGraphExecutorHandle", "ManagedJITGraphExecutor"]
