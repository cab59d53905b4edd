"""Parameters of one model for another one with other names."""

from __future__ import annotations

from collections.abc import Mapping

import torch


class MixinHXModelMapper:
    """Mix-in for `torch.nn.Module`."""

    def map_from(
        self, state_dict: Mapping[str, torch.Tensor], mapping: Mapping[str, str], map_all: bool = True
    ) -> None:
        """Copy parameters from the state of another model into the parameters of this one.

        Parameters
        ----------
        state_dict : mapping
            State of the other model.
        mapping : mapping
            Names of this model's parameters to names in `state_dict`, for those that are not there by their own name.
        map_all : bool
            Whether each parameter of this model has to be found.

        Raises
        ------
        KeyError
            A parameter is not found.
        ValueError
            A parameter has another shape.
        """
        assert isinstance(self, torch.nn.Module)
        found = {}
        for name, parameter in self.named_parameters():
            source = name if name in state_dict else mapping.get(name, name)
            if source in state_dict:
                found[parameter] = (name, state_dict[source])
            elif map_all:
                raise KeyError(f"nothing for {name!r} (mapped to {source!r}), expected one of {sorted(state_dict)}")
        for parameter, (name, value) in found.items():
            if value.shape != parameter.shape:
                raise ValueError(f"{name} has shape {tuple(value.shape)}, expected {tuple(parameter.shape)}")
        with torch.no_grad():
            for parameter, (_, value) in found.items():
                parameter.copy_(value)
