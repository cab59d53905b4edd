"""Fields of the neuron, CapMem, readout and synapse array containers decoded from words."""

from .vector import D, off, on
from .vectors_analog import cells

_NEURON = (
    "enable_reset_degeneration enable_reset_division enable_reset_multiplication enable_leak_degeneration "
    "enable_leak_division enable_leak_multiplication enable_strong_fire enable_synaptic_input_inhibitory_coba_mode "
    "enable_synaptic_input_excitatory_coba_mode enable_unbuffered_access enable_readout_amplifier enable_readout "
    "invert_adaptation_b invert_adaptation_a enable_adaptation enable_exponential "
    "enable_synaptic_input_inhibitory_small_capacitance enable_synaptic_input_excitatory_small_capacitance "
    "enable_synaptic_input_inhibitory_high_resistance enable_synaptic_input_excitatory_high_resistance "
    "enable_membrane_offset invert_membrane_offset enable_fire enable_threshold_comparator "
    "enable_synaptic_input_inhibitory enable_synaptic_input_excitatory enable_bypass_inhibitory "
    "enable_bypass_excitatory connect_soma_right connect_bottom enable_multicomp_conductance connect_membrane_right "
    "connect_soma enable_multiply_multicomp_conductance_bias enable_divide_multicomp_conductance_bias enable_pause"
)

_BACKEND = (
    "post_overwrite enable_adaptation_pulse enable_bayesian_extension enable_neuron_slave connect_fire_bottom "
    "connect_fire_from_right connect_fire_to_right enable_spike_out enable_neuron_master enable_bayesian_1 "
    "enable_bayesian_0"
)

_PAD = (
    "cadc_v_ramp_mux_to_pad capmem_i_out_mux_to_capmem_intermediate_mux capmem_intermediate_mux_to_pad "
    "capmem_v_out_mux_to_capmem_intermediate_mux capmem_v_ref_mux_to_capmem_intermediate_mux "
    "cadc_debug_causal_to_synapse_intermediate_mux cadc_debug_acausal_to_synapse_intermediate_mux "
    "synin_debug_inhibitory_to_synapse_intermediate_mux synin_debug_excitatory_to_synapse_intermediate_mux "
    "synapse_intermediate_mux_to_pad debug_to_pad neuron_i_stim_mux_to_pad"
)

DECODE = [
    D("NeuronConfig", "NeuronConfigOnDLS(Enum(0))", [0x0, 0x0, 0x0, 0x0, 0x0, 0x0], {**off(_NEURON),
      "readout_source": "NeuronConfig.ReadoutSource.membrane", "membrane_capacitor_size": 0}),
    D("NeuronConfig", "NeuronConfigOnDLS(Enum(300))",
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], {**on(_NEURON),
      "readout_source": "NeuronConfig.ReadoutSource.adaptation", "membrane_capacitor_size": 63}),
    D("NeuronConfig", "NeuronConfigOnDLS(Enum(511))",
      [0xffffffae, 0xffffff71, 0xffffffb9, 0xffffff0b, 0xffffff7b, 0xffffff7b], {**on("enable_reset_division "
        "enable_reset_multiplication enable_leak_degeneration enable_leak_multiplication enable_readout_amplifier "
        "invert_adaptation_b enable_exponential enable_synaptic_input_inhibitory_small_capacitance "
        "enable_synaptic_input_excitatory_small_capacitance enable_synaptic_input_excitatory_high_resistance "
        "enable_membrane_offset invert_membrane_offset enable_threshold_comparator enable_synaptic_input_inhibitory "
        "enable_synaptic_input_excitatory enable_bypass_inhibitory connect_soma_right connect_bottom "
        "connect_membrane_right connect_soma enable_multiply_multicomp_conductance_bias "
        "enable_divide_multicomp_conductance_bias"), **off("enable_reset_degeneration enable_leak_division "
        "enable_strong_fire enable_synaptic_input_inhibitory_coba_mode enable_synaptic_input_excitatory_coba_mode "
        "enable_unbuffered_access enable_readout invert_adaptation_a enable_adaptation "
        "enable_synaptic_input_inhibitory_high_resistance enable_fire enable_bypass_excitatory "
        "enable_multicomp_conductance enable_pause"), "readout_source": "NeuronConfig.ReadoutSource.adaptation",
      "membrane_capacitor_size": 2}),
    D("NeuronConfig", "NeuronConfigOnDLS(NeuronConfigOnNeuronConfigBlock(127), NeuronConfigBlockOnDLS(0))",
      [0x5a5a5a40, 0x5a5a5ad8, 0x5a5a5a22, 0x5a5a5aae, 0x5a5a5a16, 0x5a5a5a10], {**on("enable_strong_fire "
        "enable_unbuffered_access enable_readout_amplifier enable_readout invert_adaptation_a "
        "enable_synaptic_input_excitatory_small_capacitance enable_fire enable_synaptic_input_inhibitory connect_soma"),
      **off("enable_reset_degeneration enable_reset_division enable_reset_multiplication enable_leak_degeneration "
        "enable_leak_division enable_leak_multiplication enable_synaptic_input_inhibitory_coba_mode "
        "enable_synaptic_input_excitatory_coba_mode invert_adaptation_b enable_adaptation enable_exponential "
        "enable_synaptic_input_inhibitory_small_capacitance enable_synaptic_input_inhibitory_high_resistance "
        "enable_synaptic_input_excitatory_high_resistance enable_membrane_offset invert_membrane_offset "
        "enable_threshold_comparator enable_synaptic_input_excitatory enable_bypass_inhibitory "
        "enable_bypass_excitatory connect_soma_right connect_bottom enable_multicomp_conductance "
        "connect_membrane_right enable_multiply_multicomp_conductance_bias enable_divide_multicomp_conductance_bias "
        "enable_pause"), "readout_source": "NeuronConfig.ReadoutSource.inh_synin", "membrane_capacitor_size": 43}),
    D("NeuronBackendConfig", "NeuronBackendConfigOnDLS(Enum(0))", [0x0, 0x0, 0x0, 0x0], {**off(_BACKEND),
      "address_out": 255, "reset_holdoff": 0, "refractory_time": 255, "select_input_clock": 0}),
    D("NeuronBackendConfig", "NeuronBackendConfigOnDLS(Enum(133))", [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      {**on(_BACKEND), "address_out": 0, "reset_holdoff": 15, "refractory_time": 0, "select_input_clock": 1}),
    D("NeuronBackendConfig", "NeuronBackendConfigOnDLS(Enum(511))", [0xffffffe0, 0xffffff37, 0xffffff61, 0xffffffcf],
      {**on("post_overwrite enable_adaptation_pulse enable_neuron_slave connect_fire_bottom connect_fire_from_right "
        "connect_fire_to_right enable_bayesian_1 enable_bayesian_0"), **off("enable_bayesian_extension "
        "enable_spike_out enable_neuron_master"), "address_out": 124, "reset_holdoff": 3, "refractory_time": 135,
      "select_input_clock": 0}),
    D("NeuronBackendConfig", "NeuronBackendConfigOnDLS(Enum(255))", [0x5a5a5ada, 0x5a5a5a40, 0x5a5a5ad3, 0x5a5a5a6f],
      {**on("post_overwrite enable_adaptation_pulse enable_bayesian_extension enable_neuron_slave connect_fire_bottom "
        "connect_fire_from_right connect_fire_to_right enable_neuron_master enable_bayesian_1"),
      **off("enable_spike_out enable_bayesian_0"), "address_out": 151, "reset_holdoff": 7, "refractory_time": 251,
      "select_input_clock": 1}),
    D("NeuronBackendConfig",
      "NeuronBackendConfigOnDLS(NeuronBackendConfigOnNeuronBackendConfigBlock(0), NeuronBackendConfigBlockOnDLS(1))",
      [0xff, 0xff, 0xbc, 0x0], {"enable_bayesian_extension": True, **off("post_overwrite enable_adaptation_pulse "
        "enable_neuron_slave connect_fire_bottom connect_fire_from_right connect_fire_to_right enable_spike_out "
        "enable_neuron_master enable_bayesian_1 enable_bayesian_0"), "address_out": 0, "reset_holdoff": 15,
      "refractory_time": 0, "select_input_clock": 0}),
    D("CommonNeuronBackendConfig", "CommonNeuronBackendConfigOnDLS(0)", [0x0, 0x0], {**off("enable_event_registers "
        "force_reset enable_clocks"), "clock_scale_slow": 0, "clock_scale_fast": 0, "clock_scale_adaptation_pulse": 0,
      "clock_scale_post_pulse": 0, "wait_global_post_pulse": 0, "wait_spike_counter_reset": 0,
      "wait_spike_counter_read": 0, "wait_fire_neuron": 0, "get_sample_positive_edge": [(0, False), (1, False), (2,
      False), (3, False)]}),
    D("CommonNeuronBackendConfig", "CommonNeuronBackendConfigOnDLS(1)", [0xffffffff, 0xffffffff],
      {**on("enable_event_registers force_reset enable_clocks"), "clock_scale_slow": 15, "clock_scale_fast": 15,
      "clock_scale_adaptation_pulse": 15, "clock_scale_post_pulse": 15, "wait_global_post_pulse": 255,
      "wait_spike_counter_reset": 255, "wait_spike_counter_read": 255, "wait_fire_neuron": 255,
      "get_sample_positive_edge": [(0, True), (1, True), (2, True), (3, True)]}),
    D("CommonNeuronBackendConfig", "CommonNeuronBackendConfigOnDLS(0)", [0xff323bfa, 0xb5ebe126], {"force_reset": True,
      **off("enable_event_registers enable_clocks"), "clock_scale_slow": 15, "clock_scale_fast": 11,
      "clock_scale_adaptation_pulse": 2, "clock_scale_post_pulse": 3, "wait_global_post_pulse": 38,
      "wait_spike_counter_reset": 225, "wait_spike_counter_read": 235, "wait_fire_neuron": 181,
      "get_sample_positive_edge": [(0, True), (1, True), (2, False), (3, False)]}),
    D("CommonNeuronBackendConfig", "CommonNeuronBackendConfigOnDLS(1)", [0x5a2258bd, 0xd80fad3c],
      {**on("enable_event_registers enable_clocks"), "force_reset": False, "clock_scale_slow": 11,
      "clock_scale_fast": 8, "clock_scale_adaptation_pulse": 2, "clock_scale_post_pulse": 2,
      "wait_global_post_pulse": 60, "wait_spike_counter_reset": 173, "wait_spike_counter_read": 15,
      "wait_fire_neuron": 216, "get_sample_positive_edge": [(0, True), (1, False), (2, True), (3, False)]}),
    D("SpikeCounterRead", "SpikeCounterReadOnDLS(Enum(0))", [0x0], {"overflow": False, "count": 0}),
    D("SpikeCounterRead", "SpikeCounterReadOnDLS(Enum(133))", [0xffffffff], {"overflow": True, "count": 255}),
    D("SpikeCounterRead", "SpikeCounterReadOnDLS(Enum(511))", [0xffffff13], {"overflow": True, "count": 19}),
    D("SpikeCounterRead", "SpikeCounterReadOnDLS(Enum(255))", [0x5a5a5bd0], {"overflow": True, "count": 208}),
    D("SpikeCounterRead",
      "SpikeCounterReadOnDLS(SpikeCounterReadOnSpikeCounterReadBlock(0), SpikeCounterReadBlockOnDLS(1))", [0xff],
      {"overflow": False, "count": 255}),
    D("SpikeCounterRead",
      "SpikeCounterReadOnDLS(SpikeCounterReadOnSpikeCounterReadBlock(128), SpikeCounterReadBlockOnDLS(0))", [0x100],
      {"overflow": True, "count": 0}),
    D("SpikeCounterRead", "NeuronConfigOnDLS(Enum(386)).toSpikeCounterReadOnDLS()", [0x1ff], {"overflow": True,
      "count": 255}),
    D("SpikeCounterRead", "NeuronConfigOnDLS(Enum(200)).toSpikeCounterReadOnDLS()", [0xfffffe80], {"overflow": False,
      "count": 128}),
    D("NeuronSRAMTimingConfig", "NeuronSRAMTimingConfigOnDLS(0)", [0x0, 0x0], {"read_delay": 0, "address_setup_time": 0,
      "write_width": 0}),
    D("NeuronSRAMTimingConfig", "NeuronSRAMTimingConfigOnDLS(2)", [0xffffffff, 0xffffffff], {"read_delay": 255,
      "address_setup_time": 15, "write_width": 15}),
    D("NeuronSRAMTimingConfig", "NeuronSRAMTimingConfigOnDLS(3)", [0xffffffae, 0xffffffad], {"read_delay": 174,
      "address_setup_time": 13, "write_width": 10}),
    D("NeuronSRAMTimingConfig", "NeuronSRAMTimingConfigOnDLS(1)", [0x5a5a5a10, 0x5a5a5a86], {"read_delay": 16,
      "address_setup_time": 6, "write_width": 8}),
    D("NeuronBackendSRAMTimingConfig", "NeuronBackendSRAMTimingConfigOnDLS(0)", [0x0, 0x0], {"read_delay": 0,
      "address_setup_time": 0, "write_width": 0}),
    D("NeuronBackendSRAMTimingConfig", "NeuronBackendSRAMTimingConfigOnDLS(1)", [0xffffffff, 0xffffffff],
      {"read_delay": 255, "address_setup_time": 15, "write_width": 15}),
    D("NeuronBackendSRAMTimingConfig", "NeuronBackendSRAMTimingConfigOnDLS(0)", [0xffffff33, 0xffffff9f],
      {"read_delay": 51, "address_setup_time": 15, "write_width": 9}),
    D("NeuronBackendSRAMTimingConfig", "NeuronBackendSRAMTimingConfigOnDLS(1)", [0x5a5a5a03, 0x5a5a5a87],
      {"read_delay": 3, "address_setup_time": 7, "write_width": 8}),
    D("CADCOffsetSRAMTimingConfig", "CADCOffsetSRAMTimingConfigOnDLS(0)", [0x0, 0x0], {"read_delay": 0,
      "address_setup_time": 0, "write_width": 0}),
    D("CADCOffsetSRAMTimingConfig", "CADCOffsetSRAMTimingConfigOnDLS(2)", [0xffffffff, 0xffffffff], {"read_delay": 255,
      "address_setup_time": 15, "write_width": 15}),
    D("CADCOffsetSRAMTimingConfig", "CADCOffsetSRAMTimingConfigOnDLS(3)", [0xffffff91, 0xffffff8c], {"read_delay": 145,
      "address_setup_time": 12, "write_width": 8}),
    D("CADCOffsetSRAMTimingConfig", "CADCOffsetSRAMTimingConfigOnDLS(1)", [0x5a5a5ae7, 0x5a5a5a54], {"read_delay": 231,
      "address_setup_time": 4, "write_width": 5}),
    D("CapMemSRAMTimingConfig", "CapMemSRAMTimingConfigOnDLS(0)", [0x0, 0x0], {"read_delay": 0, "address_setup_time": 0,
      "write_width": 0}),
    D("CapMemSRAMTimingConfig", "CapMemSRAMTimingConfigOnDLS(2)", [0xffffffff, 0xffffffff], {"read_delay": 0,
      "address_setup_time": 0, "write_width": 0}),
    D("CapMemSRAMTimingConfig", "CapMemSRAMTimingConfigOnDLS(3)", [0xfffffe41, 0xfffffed8], {"read_delay": 97,
      "address_setup_time": 4, "write_width": 11}),
    D("CapMemSRAMTimingConfig", "CapMemSRAMTimingConfigOnDLS(1)", [0x100, 0x1c8], {"read_delay": 128,
      "address_setup_time": 12, "write_width": 2}),
    D("CapMemSRAMTimingConfig", "CapMemSRAMTimingConfigOnDLS(0)", [0xf, 0x1e], {"read_delay": 8,
      "address_setup_time": 1, "write_width": 1}),
    D("CapMemSRAMTimingConfig", "CapMemSRAMTimingConfigOnDLS(3)", [0xaa, 0xcc], {"read_delay": 255,
      "address_setup_time": 10, "write_width": 10}),
    D("CapMemCell", "CapMemCellOnDLS(Enum(0))", [0x0], {"value": "CapMemCell.Value(0)"}),
    D("CapMemCell", "CapMemCellOnDLS(CapMemCellOnCapMemBlock(X(77), Y(5)), CapMemBlockOnDLS(1))", [0x3fe],
      {"value": "CapMemCell.Value(1022)"}),
    D("CapMemCell", "CapMemCellOnDLS(Enum(12479))", [0x3ff], {"value": "CapMemCell.DisableRefresh()"}),
    D("CapMemCell", "CapMemCellOnDLS(Enum(1))", [0xffffffff], {"value": "CapMemCell.DisableRefresh()"}),
    D("CapMemCell", "CapMemCellOnDLS(Enum(130))", [0xfffffdab], {"value": "CapMemCell.Value(427)"}),
    D("CapMemCell", "CapMemCellOnDLS(CapMemCellOnCapMemBlock.neuron_i_bias_synin_drop, CapMemBlockOnDLS(0))",
      [0x1234f800], {"value": "CapMemCell.Value(0)"}),
    D("CapMemBlock", "CapMemBlockOnDLS(2)", cells({0: 0xfffffc07, 727: 0x3fe, 1168: 0x3ff, 3119: 0xffffffff}),
      {"get_cell": [("CapMemCellOnCapMemBlock(Enum(0))", 7), ("CapMemCellOnCapMemBlock(Enum(1))", 0),
                    ("CapMemCellOnCapMemBlock(X(77), Y(5))", "CapMemCell.Value(1022)"),
                    ("CapMemCellOnCapMemBlock.syn_i_bias_dac", "CapMemCell.DisableRefresh()"),
                    ("CapMemCellOnCapMemBlock.neuron_i_bias_synin_drop", "CapMemCell.DisableRefresh()")]}),
    D("CapMemBlockConfig", "CapMemBlockConfigOnDLS(0)", [0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0],
      {**off("debug_readout_enable enable_capmem enable_boost enable_autoboost"),
      "debug_capmem_coord": "CapMemCellOnCapMemBlock(X(0), Y(0))",
      "debug_v_ref_select": "CapMemBlockConfig.VRefSelect.disabled", "v_global_bias": 0, "debug_level_shifter_bias": 0,
      "debug_source_follower_bias": 0, "debug_out_amp_bias": 0, "current_cell_res": 0,
      "debug_i_out_select": "CapMemBlockConfig.IOutSelect.disabled", "sub_counter": 0, "prescale_ramp": 0,
      "prescale_pause": 0, "boost_factor": 0, "pulse_b": 0, "pulse_a": 0, "boost_b": 0, "boost_a": 0,
      "pause_counter": 0}),
    D("CapMemBlockConfig", "CapMemBlockConfigOnDLS(2)",
      [0x1, 0x81, 0x2, 0x4c19, 0x2a, 0x1, 0x9526a5c3, 0xbeef1234, 0x56789abc, 0xdeadbeef],
      {**on("debug_readout_enable enable_boost enable_autoboost"), "enable_capmem": False,
      "debug_capmem_coord": "CapMemCellOnCapMemBlock(X(129), Y(23))",
      "debug_v_ref_select": "CapMemBlockConfig.VRefSelect.v_ref_i", "v_global_bias": 9, "debug_level_shifter_bias": 1,
      "debug_source_follower_bias": 12, "debug_out_amp_bias": 4, "current_cell_res": 42,
      "debug_i_out_select": "CapMemBlockConfig.IOutSelect.i_out_mux", "sub_counter": 42435, "prescale_ramp": 2,
      "prescale_pause": 5, "boost_factor": 9, "pulse_b": 4660, "pulse_a": 48879, "boost_b": 39612, "boost_a": 22136,
      "pause_counter": 3735928559}),
    D("CapMemBlockConfig", "CapMemBlockConfigOnDLS(3)",
      [0x800000, 0x0, 0xfffffffd, 0xffff8e37, 0xffffffd5, 0xfffffffe, 0x36d1234, 0xbeef1234, 0x56789abc, 0xdeadbeef],
      {**on("debug_readout_enable enable_capmem enable_autoboost"), "enable_boost": False,
      "debug_capmem_coord": "CapMemCellOnCapMemBlock(X(0), Y(0))",
      "debug_v_ref_select": "CapMemBlockConfig.VRefSelect.v_ref_v", "v_global_bias": 7, "debug_level_shifter_bias": 3,
      "debug_source_follower_bias": 14, "debug_out_amp_bias": 8, "current_cell_res": 21,
      "debug_i_out_select": "CapMemBlockConfig.IOutSelect.i_out_ramp", "sub_counter": 4660, "prescale_ramp": 6,
      "prescale_pause": 3, "boost_factor": 0, "pulse_b": 4660, "pulse_a": 48879, "boost_b": 39612, "boost_a": 22136,
      "pause_counter": 3735928559}),
    D("CapMemBlockConfig", "CapMemBlockConfigOnDLS(1)",
      [0xff002301, 0x40, 0x2, 0x4c19, 0x2a, 0x1, 0x65080001, 0xbeef1234, 0x56789abc, 0xdeadbeef],
      {"debug_readout_enable": True, **off("enable_capmem enable_boost enable_autoboost"),
      "debug_capmem_coord": "CapMemCellOnCapMemBlock(X(64), Y(10))",
      "debug_v_ref_select": "CapMemBlockConfig.VRefSelect.v_ref_i", "v_global_bias": 9, "debug_level_shifter_bias": 1,
      "debug_source_follower_bias": 12, "debug_out_amp_bias": 4, "current_cell_res": 42,
      "debug_i_out_select": "CapMemBlockConfig.IOutSelect.i_out_mux", "sub_counter": 1, "prescale_ramp": 0,
      "prescale_pause": 5, "boost_factor": 6, "pulse_b": 4660, "pulse_a": 48879, "boost_b": 39612, "boost_a": 22136,
      "pause_counter": 3735928559}),
    D("CapMemBlockConfig", "CapMemBlockConfigOnDLS(2)",
      [0x0, 0x4d, 0x2, 0x4c19, 0x2a, 0x1, 0x9526a5c3, 0xbeef1234, 0x56789abc, 0xdeadbeef],
      {**on("enable_boost enable_autoboost"), **off("debug_readout_enable enable_capmem"),
      "debug_capmem_coord": "CapMemCellOnCapMemBlock(X(0), Y(0))",
      "debug_v_ref_select": "CapMemBlockConfig.VRefSelect.v_ref_i", "v_global_bias": 9, "debug_level_shifter_bias": 1,
      "debug_source_follower_bias": 12, "debug_out_amp_bias": 4, "current_cell_res": 42,
      "debug_i_out_select": "CapMemBlockConfig.IOutSelect.i_out_mux", "sub_counter": 42435, "prescale_ramp": 2,
      "prescale_pause": 5, "boost_factor": 9, "pulse_b": 4660, "pulse_a": 48879, "boost_b": 39612, "boost_a": 22136,
      "pause_counter": 3735928559}),
    D("ReferenceGeneratorConfig", "ReferenceGeneratorConfigOnDLS()", [0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0],
      {**off("enable_internal_reference enable_reference_output enable_reference_input enable_reset"),
      "reference_control": 0, "resistor_control": 0, "capmem_amplifier": [0, 0, 0, 0], "capmem_offset": [0, 0, 0, 0],
      "capmem_slope": [0, 0, 0, 0]}),
    D("ReferenceGeneratorConfig", "ReferenceGeneratorConfigOnDLS()",
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      {**on("enable_internal_reference enable_reference_output enable_reference_input enable_reset"),
      "reference_control": 63, "resistor_control": 63, "capmem_amplifier": [63, 63, 63, 63],
      "capmem_offset": [63, 63, 63, 63], "capmem_slope": [63, 63, 63, 63]}),
    D("ReferenceGeneratorConfig", "ReferenceGeneratorConfigOnDLS()",
      [0xffff0fff, 0xfffff5ff, 0xffffffd4, 0xfffff2f5, 0xfffff091, 0xfffffa7c, 0xfffff867, 0xfffff6a2, 0xfffff8ff],
      {**off("enable_internal_reference enable_reference_output enable_reference_input enable_reset"),
      "reference_control": 23, "resistor_control": 20, "capmem_amplifier": [53, 11, 17, 2],
      "capmem_offset": [60, 41, 39, 33], "capmem_slope": [34, 26, 63, 35]}),
    D("ReferenceGeneratorConfig", "ReferenceGeneratorConfigOnDLS()",
      [0x5a5aea5a, 0x5a5a589a, 0x5a5a5a5d, 0x5a5a5e73, 0x5a5a5e40, 0x5a5a5acf, 0x5a5a5b04, 0x5a5a5701, 0x5a5a529d],
      {**on("enable_reference_output enable_reference_input enable_reset"), "enable_internal_reference": False,
      "reference_control": 34, "resistor_control": 29, "capmem_amplifier": [51, 57, 0, 57],
      "capmem_offset": [15, 43, 4, 44], "capmem_slope": [1, 28, 29, 10]}),
    D("CADCConfig", "CADCConfigOnDLS.top", [0x0], {"enable": False, "reset_wait": 0, "dead_time": 0}),
    D("CADCConfig", "CADCConfigOnDLS.bottom", [0xffffffff], {"enable": True, "reset_wait": 255, "dead_time": 255}),
    D("CADCConfig", "CADCConfigOnDLS(1)", [0xfffb800e], {"enable": False, "reset_wait": 0, "dead_time": 184}),
    D("CADCConfig", "CADCConfigOnDLS(0)", [0x5a53369a], {"enable": False, "reset_wait": 105, "dead_time": 51}),
    D("CADCChannelConfig", "CADCChannelConfigOnDLS(Enum(0))", [0x0], {"offset": -128}),
    D("CADCChannelConfig", "CADCChannelConfigOnDLS(Enum(300))", [0xffffffff], {"offset": 127}),
    D("CADCChannelConfig", "CADCChannelConfigOnDLS(Enum(1023))", [0xffffffed], {"offset": 109}),
    D("CADCChannelConfig", "CADCChannelConfigOnDLS(Enum(127))", [0x5a5a5a66], {"offset": -26}),
    D("CADCChannelConfig", "CADCChannelConfigOnDLS(CADCChannelConfigOnSynram(CADCChannelColumnOnSynram(128), "
        "CADCChannelType.causal), SynramOnDLS.top)", [0x7f], {"offset": -1}),
    D("CADCChannelConfig", "CADCChannelConfigOnDLS(CADCChannelConfigOnSynram(CADCChannelColumnOnSynram(127), "
        "CADCChannelType.acausal), SynramOnDLS.bottom)", [0x80], {"offset": 0}),
    D("CADCChannelConfig", "CADCChannelConfigOnDLS(CADCChannelConfigOnSynram(CADCChannelColumnOnSynram(255), "
        "CADCChannelType.causal), SynramOnDLS.bottom)", [0x81], {"offset": 1}),
    D("CADCChannelConfig", "CADCChannelConfigOnDLS(CADCChannelConfigOnSynram(CADCChannelColumnOnSynram(130), "
        "CADCChannelType.acausal), SynramOnDLS.top)", [0xffffff00], {"offset": -128}),
    D("CADCSampleQuad", "CADCSampleQuadOnDLS(CADCSampleQuadOnSynram(SynapseQuadOnSynram(X(0), Y(0)), "
        "CADCChannelType.causal, CADCReadoutType.trigger_read), SynramOnDLS(0))", [0x0], {"get_sample": [(0, 0), (1, 0),
      (2, 0), (3, 0)]}),
    D("CADCSampleQuad", "CADCSampleQuadOnDLS(CADCSampleQuadOnSynram(SynapseQuadOnSynram(X(13), Y(23)), "
        "CADCChannelType.acausal, CADCReadoutType.trigger_read), SynramOnDLS(1))", [0xffffffff], {"get_sample": [(0,
      255), (1, 255), (2, 255), (3, 255)]}),
    D("CADCSampleQuad", "CADCSampleQuadOnDLS(CADCSampleQuadOnSynram(SynapseQuadOnSynram(X(63), Y(255)), "
        "CADCChannelType.acausal, CADCReadoutType.buffered), SynramOnDLS(1))", [0x374dd1a], {"get_sample": [(0, 3), (1,
      116), (2, 221), (3, 26)]}),
    D("CADCSampleQuad", "CADCSampleQuadOnDLS(CADCSampleQuadOnSynram(SynapseQuadOnSynram(X(45), Y(130)), "
        "CADCChannelType.causal, CADCReadoutType.buffered), SynramOnDLS(0))", [0xa2ab5482], {"get_sample": [(0, 162),
      (1, 171), (2, 84), (3, 130)]}),
    D("CADCSampleQuad", "CADCSampleQuadOnDLS(CADCSampleQuadOnSynram(SynapseQuadOnSynram(X(0), Y(0)), "
        "CADCChannelType.causal, CADCReadoutType.trigger_read), SynramOnDLS(1))", [0x1020304], {"get_sample": [(0, 1),
      (1, 2), (2, 3), (3, 4)]}),
    D("MADCConfig", "MADCConfigOnDLS()", [0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0],
      {**off("enable_sar_reset_on_fall enable_calibration sample_on_positive_edge enable_dummy_data "
        "connect_preamp_to_madc connect_pads_to_madc connect_preamp_to_pads enable_madc_clock_scaling "
        "enable_active_mux_amplifiers signal_selection_connect_current_meter signal_selection_connect_active_mux "
        "signal_selection_connect_debug signal_selection_connect_preamp enable_iconv_amplifier"),
      "active_mux_initially_selected_input": 0, "active_mux_input_select_length": 0, "sample_duration_adjust": 0,
      "sar_reset_wait": 0, "sar_reset_length": 0, "powerup_wait_value": 0, "conversion_cycles_offset": 0,
      "calibration_wait_value": 0, "number_of_samples": 0, "preamp_sampling_window_start": 0,
      "preamp_sampling_window_end": 0, "iconv_sampling_window_start": 0, "iconv_sampling_window_end": 0,
      "preamp_gain_capacitor_size": 0, "madc_clock_scale_value": 0,
      "enable_pseudo_differential_reference": [False, False], "connect_iconv_neuron": [False, False],
      "connect_iconv_synapse": [False, False]}),
    D("MADCConfig", "MADCConfigOnDLS()", [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
      0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], {**on("enable_sar_reset_on_fall enable_calibration "
        "sample_on_positive_edge enable_dummy_data connect_preamp_to_madc connect_pads_to_madc connect_preamp_to_pads "
        "enable_madc_clock_scaling enable_active_mux_amplifiers signal_selection_connect_current_meter "
        "signal_selection_connect_active_mux signal_selection_connect_debug signal_selection_connect_preamp "
        "enable_iconv_amplifier"), "active_mux_initially_selected_input": 1, "active_mux_input_select_length": 15,
      "sample_duration_adjust": 7, "sar_reset_wait": 3, "sar_reset_length": 3, "powerup_wait_value": 1023,
      "conversion_cycles_offset": 15, "calibration_wait_value": 1023, "number_of_samples": 65535,
      "preamp_sampling_window_start": 31, "preamp_sampling_window_end": 31, "iconv_sampling_window_start": 31,
      "iconv_sampling_window_end": 31, "preamp_gain_capacitor_size": 31, "madc_clock_scale_value": 4095,
      "enable_pseudo_differential_reference": [True, True], "connect_iconv_neuron": [True, True],
      "connect_iconv_synapse": [True, True]}),
    D("MADCConfig", "MADCConfigOnDLS()", [0xffff9f77, 0xffff0f52, 0xffff7cb8, 0xffff2489, 0xfffffc96, 0xfffffd58,
      0xfffffffe, 0xffffffd8, 0xffffe4c7, 0xfffff4f5], {**on("enable_sar_reset_on_fall enable_dummy_data "
        "enable_madc_clock_scaling enable_active_mux_amplifiers signal_selection_connect_active_mux "
        "signal_selection_connect_debug signal_selection_connect_preamp enable_iconv_amplifier"),
      **off("enable_calibration sample_on_positive_edge connect_preamp_to_madc connect_pads_to_madc "
        "connect_preamp_to_pads signal_selection_connect_current_meter"), "active_mux_initially_selected_input": 0,
      "active_mux_input_select_length": 7, "sample_duration_adjust": 7, "sar_reset_wait": 1, "sar_reset_length": 2,
      "powerup_wait_value": 850, "conversion_cycles_offset": 0, "calibration_wait_value": 184,
      "number_of_samples": 9353, "preamp_sampling_window_start": 22, "preamp_sampling_window_end": 4,
      "iconv_sampling_window_start": 24, "iconv_sampling_window_end": 10, "preamp_gain_capacitor_size": 27,
      "madc_clock_scale_value": 611, "enable_pseudo_differential_reference": [False, True],
      "connect_iconv_neuron": [False, False], "connect_iconv_synapse": [False, True]}),
    D("MADCConfig", "MADCConfigOnDLS()", [0x5a5a8152, 0x5a5a9984, 0x5a5ad86e, 0x5a5a43c8, 0x5a5a5a87, 0x5a5a5a0c,
      0x5a5a5a59, 0x5a5a5af9, 0x5a5a5144, 0x5a5a5aa8], {**on("enable_calibration sample_on_positive_edge "
        "connect_preamp_to_madc signal_selection_connect_current_meter signal_selection_connect_debug "
        "enable_iconv_amplifier"), **off("enable_sar_reset_on_fall enable_dummy_data connect_pads_to_madc "
        "connect_preamp_to_pads enable_madc_clock_scaling enable_active_mux_amplifiers "
        "signal_selection_connect_active_mux signal_selection_connect_preamp"),
      "active_mux_initially_selected_input": 0, "active_mux_input_select_length": 5, "sample_duration_adjust": 1,
      "sar_reset_wait": 0, "sar_reset_length": 2, "powerup_wait_value": 388, "conversion_cycles_offset": 9,
      "calibration_wait_value": 110, "number_of_samples": 17352, "preamp_sampling_window_start": 7,
      "preamp_sampling_window_end": 20, "iconv_sampling_window_start": 12, "iconv_sampling_window_end": 16,
      "preamp_gain_capacitor_size": 31, "madc_clock_scale_value": 2210,
      "enable_pseudo_differential_reference": [False, False], "connect_iconv_neuron": [False, True],
      "connect_iconv_synapse": [True, False]}),
    D("PadMultiplexerConfig", "PadMultiplexerConfigOnDLS(0)", [0x0, 0x0], {**off(_PAD),
      "cadc_v_ramp_mux": [False, False, False, False], "capmem_i_out_mux": [False, False, False, False],
      "capmem_v_out_mux": [False, False, False, False], "capmem_v_ref_mux": [False, False, False, False],
      "neuron_i_stim_mux": [False, False], "buffer_to_pad": [False, False]}),
    D("PadMultiplexerConfig", "PadMultiplexerConfigOnDLS(1)", [0xffffffff, 0xffffffff], {**on(_PAD),
      "cadc_v_ramp_mux": [True, True, True, True], "capmem_i_out_mux": [True, True, True, True],
      "capmem_v_out_mux": [True, True, True, True], "capmem_v_ref_mux": [True, True, True, True],
      "neuron_i_stim_mux": [True, True], "buffer_to_pad": [True, True]}),
    D("PadMultiplexerConfig", "PadMultiplexerConfigOnDLS(0)", [0xffff8337, 0xffffd2af], {**on("cadc_v_ramp_mux_to_pad "
        "capmem_i_out_mux_to_capmem_intermediate_mux capmem_v_out_mux_to_capmem_intermediate_mux "
        "cadc_debug_causal_to_synapse_intermediate_mux synin_debug_inhibitory_to_synapse_intermediate_mux "
        "debug_to_pad neuron_i_stim_mux_to_pad"), **off("capmem_intermediate_mux_to_pad "
        "capmem_v_ref_mux_to_capmem_intermediate_mux cadc_debug_acausal_to_synapse_intermediate_mux "
        "synin_debug_excitatory_to_synapse_intermediate_mux synapse_intermediate_mux_to_pad"),
      "cadc_v_ramp_mux": [False, True, True, True], "capmem_i_out_mux": [True, False, False, True],
      "capmem_v_out_mux": [False, False, False, False], "capmem_v_ref_mux": [True, True, True, True],
      "neuron_i_stim_mux": [True, False], "buffer_to_pad": [False, True]}),
    D("PadMultiplexerConfig", "PadMultiplexerConfigOnDLS(1)", [0x5a5ad5ef, 0x5a5a0f73],
      {**on("capmem_intermediate_mux_to_pad capmem_v_out_mux_to_capmem_intermediate_mux "
        "capmem_v_ref_mux_to_capmem_intermediate_mux cadc_debug_acausal_to_synapse_intermediate_mux "
        "synin_debug_inhibitory_to_synapse_intermediate_mux synin_debug_excitatory_to_synapse_intermediate_mux "
        "synapse_intermediate_mux_to_pad"), **off("cadc_v_ramp_mux_to_pad capmem_i_out_mux_to_capmem_intermediate_mux "
        "cadc_debug_causal_to_synapse_intermediate_mux debug_to_pad neuron_i_stim_mux_to_pad"),
      "cadc_v_ramp_mux": [True, True, True, True], "capmem_i_out_mux": [True, True, True, True],
      "capmem_v_out_mux": [True, False, True, False], "capmem_v_ref_mux": [False, False, True, True],
      "neuron_i_stim_mux": [True, True], "buffer_to_pad": [False, False]}),
    D("PadMultiplexerConfig", "PadMultiplexerConfigOnDLS(0)", [0xffff0001, 0xffff2001], {**off(_PAD),
      "cadc_v_ramp_mux": [False, False, False, True], "capmem_i_out_mux": [False, False, False, False],
      "capmem_v_out_mux": [False, False, False, False], "capmem_v_ref_mux": [False, False, False, True],
      "neuron_i_stim_mux": [False, False], "buffer_to_pad": [True, False]}),
    D("ReadoutSourceSelection", "ReadoutSourceSelectionOnDLS()", [0x0, 0x0], {"get_buffer": [(0,
      {**off("debug_plus debug_minus current_dac synin_debug_inhibitory synin_debug_excitatory cadc_debug_causal "
        "cadc_debug_acausal"), "synapse_driver_debug": [False, False], "neuron_odd": [False, False],
      "neuron_even": [False, False]}), (1, {**off("debug_plus debug_minus current_dac synin_debug_inhibitory "
        "synin_debug_excitatory cadc_debug_causal cadc_debug_acausal"), "synapse_driver_debug": [False, False],
      "neuron_odd": [False, False], "neuron_even": [False, False]})], "enable_buffer_to_pad": [False, False]}),
    D("ReadoutSourceSelection", "ReadoutSourceSelectionOnDLS()", [0xffffffff, 0xffffffff], {"get_buffer": [(0,
      {**on("debug_plus debug_minus current_dac synin_debug_inhibitory synin_debug_excitatory cadc_debug_causal "
        "cadc_debug_acausal"), "synapse_driver_debug": [True, True], "neuron_odd": [True, True],
      "neuron_even": [True, True]}), (1, {**on("debug_plus debug_minus current_dac synin_debug_inhibitory "
        "synin_debug_excitatory cadc_debug_causal cadc_debug_acausal"), "synapse_driver_debug": [True, True],
      "neuron_odd": [True, True], "neuron_even": [True, True]})], "enable_buffer_to_pad": [True, True]}),
    D("ReadoutSourceSelection", "ReadoutSourceSelectionOnDLS()", [0xffffe3eb, 0xffffefd1], {"get_buffer": [(0,
      {**on("debug_plus debug_minus synin_debug_inhibitory cadc_debug_causal cadc_debug_acausal"),
      **off("current_dac synin_debug_excitatory"), "synapse_driver_debug": [True, True], "neuron_odd": [True, False],
      "neuron_even": [False, False]}), (1, {**on("debug_plus synin_debug_excitatory cadc_debug_acausal"),
      **off("debug_minus current_dac synin_debug_inhibitory cadc_debug_causal"), "synapse_driver_debug": [True, True],
      "neuron_odd": [True, True], "neuron_even": [True, False]})], "enable_buffer_to_pad": [True, True]}),
    D("ReadoutSourceSelection", "ReadoutSourceSelectionOnDLS()", [0x5a5a542f, 0x5a5a64b7], {"get_buffer": [(0,
      {**on("debug_plus debug_minus current_dac synin_debug_inhibitory cadc_debug_causal"),
      **off("synin_debug_excitatory cadc_debug_acausal"), "synapse_driver_debug": [False, False],
      "neuron_odd": [False, False], "neuron_even": [True, True]}), (1, {**on("debug_plus debug_minus current_dac "
        "synin_debug_excitatory cadc_debug_causal"), **off("synin_debug_inhibitory cadc_debug_acausal"),
      "synapse_driver_debug": [True, False], "neuron_odd": [False, False], "neuron_even": [True, False]})],
      "enable_buffer_to_pad": [True, True]}),
    D("ReadoutSourceSelection", "ReadoutSourceSelectionOnDLS()", [0xffffe000, 0xffffa000], {"get_buffer": [(0,
      {**off("debug_plus debug_minus current_dac synin_debug_inhibitory synin_debug_excitatory cadc_debug_causal "
        "cadc_debug_acausal"), "synapse_driver_debug": [False, False], "neuron_odd": [False, False],
      "neuron_even": [False, False]}), (1, {**off("debug_plus debug_minus current_dac synin_debug_inhibitory "
        "synin_debug_excitatory cadc_debug_causal cadc_debug_acausal"), "synapse_driver_debug": [False, False],
      "neuron_odd": [False, False], "neuron_even": [False, False]})], "enable_buffer_to_pad": [False, True]}),
    D("CommonCorrelationConfig", "CommonCorrelationConfigOnDLS.top", [0x0, 0x0, 0x0, 0x0], {"sense_delay": 0,
      "reset_duration": 0, "reset_fall_time": 0, "reset_mode": "CommonCorrelationConfig.ResetMode.normal",
      "cadc_v_offset_assignment": ["CapMemBlockOnHemisphere.left", "CapMemBlockOnHemisphere.right"]}),
    D("CommonCorrelationConfig", "CommonCorrelationConfigOnDLS.bottom",
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], {"sense_delay": 4095, "reset_duration": 4095,
      "reset_fall_time": 4095, "reset_mode": "CommonCorrelationConfig.ResetMode.auto_calibrating",
      "cadc_v_offset_assignment": ["CapMemBlockOnHemisphere.right", "CapMemBlockOnHemisphere.left"]}),
    D("CommonCorrelationConfig", "CommonCorrelationConfigOnDLS(1)", [0xfffff602, 0xfffffc29, 0xfffffd1a, 0xfffffffd],
      {"sense_delay": 1538, "reset_duration": 3113, "reset_fall_time": 3354,
      "reset_mode": "CommonCorrelationConfig.ResetMode.auto_calibrating",
      "cadc_v_offset_assignment": ["CapMemBlockOnHemisphere.right", "CapMemBlockOnHemisphere.right"]}),
    D("CommonCorrelationConfig", "CommonCorrelationConfigOnDLS(0)", [0x5a5a5261, 0x5a5a536c, 0x5a5a51b0, 0x5a5a5a58],
      {"sense_delay": 609, "reset_duration": 876, "reset_fall_time": 432,
      "reset_mode": "CommonCorrelationConfig.ResetMode.normal",
      "cadc_v_offset_assignment": ["CapMemBlockOnHemisphere.left", "CapMemBlockOnHemisphere.right"]}),
    D("CommonCorrelationConfig", "CommonCorrelationConfigOnDLS.bottom", [0xf001, 0xfffff0c8, 0x1005, 0xfffffff9],
      {"sense_delay": 1, "reset_duration": 200, "reset_fall_time": 5,
      "reset_mode": "CommonCorrelationConfig.ResetMode.auto_calibrating",
      "cadc_v_offset_assignment": ["CapMemBlockOnHemisphere.left", "CapMemBlockOnHemisphere.right"]}),
    D("CommonCorrelationConfig", "CommonCorrelationConfigOnDLS(1)", [0xf001, 0xfffff0c8, 0x1005, 0xfffffffa],
      {"sense_delay": 1, "reset_duration": 200, "reset_fall_time": 5,
      "reset_mode": "CommonCorrelationConfig.ResetMode.normal",
      "cadc_v_offset_assignment": ["CapMemBlockOnHemisphere.left", "CapMemBlockOnHemisphere.left"]}),
    D("CommonCorrelationConfig", "CommonCorrelationConfigOnDLS.top", [0xf001, 0xfffff0c8, 0x1005, 0xfffffffc],
      {"sense_delay": 1, "reset_duration": 200, "reset_fall_time": 5,
      "reset_mode": "CommonCorrelationConfig.ResetMode.normal",
      "cadc_v_offset_assignment": ["CapMemBlockOnHemisphere.right", "CapMemBlockOnHemisphere.right"]}),
    D("CurrentDAC", "CurrentDACOnDLS()", [0x0], {"enable_current": False, "current": 0,
      "sign": "CurrentDAC.Sign.source", "connect_neuron": [False, False], "connect_synapse": [False, False]}),
    D("CurrentDAC", "CurrentDACOnDLS()", [0xffffffff], {"enable_current": True, "current": 255,
      "sign": "CurrentDAC.Sign.sink", "connect_neuron": [True, True], "connect_synapse": [True, True]}),
    D("CurrentDAC", "CurrentDACOnDLS()", [0xffffb14a], {"enable_current": False, "current": 74,
      "sign": "CurrentDAC.Sign.sink", "connect_neuron": [False, True], "connect_synapse": [True, False]}),
    D("CurrentDAC", "CurrentDACOnDLS()", [0x5a5a6744], {"enable_current": False, "current": 196,
      "sign": "CurrentDAC.Sign.sink", "connect_neuron": [False, False], "connect_synapse": [True, True]}),
    D("CurrentDAC", "CurrentDACOnDLS()", [0x100], {"enable_current": False, "current": 64,
      "sign": "CurrentDAC.Sign.source", "connect_neuron": [False, False], "connect_synapse": [False, False]}),
    D("CurrentDAC", "CurrentDACOnDLS()", [0x200], {"enable_current": False, "current": 128,
      "sign": "CurrentDAC.Sign.source", "connect_neuron": [False, False], "connect_synapse": [False, False]}),
    D("CurrentDAC", "CurrentDACOnDLS()", [0x300], {"enable_current": False, "current": 128,
      "sign": "CurrentDAC.Sign.source", "connect_neuron": [False, False], "connect_synapse": [False, False]}),
    D("CurrentDAC", "CurrentDACOnDLS()", [0x400], {"enable_current": False, "current": 192,
      "sign": "CurrentDAC.Sign.source", "connect_neuron": [False, False], "connect_synapse": [False, False]}),
    D("CurrentDAC", "CurrentDACOnDLS()", [0x500], {"enable_current": False, "current": 192,
      "sign": "CurrentDAC.Sign.source", "connect_neuron": [False, False], "connect_synapse": [False, False]}),
    D("CurrentDAC", "CurrentDACOnDLS()", [0x600], {"enable_current": False, "current": 192,
      "sign": "CurrentDAC.Sign.source", "connect_neuron": [False, False], "connect_synapse": [False, False]}),
    D("CurrentDAC", "CurrentDACOnDLS()", [0x72a], {"enable_current": False, "current": 234,
      "sign": "CurrentDAC.Sign.source", "connect_neuron": [False, False], "connect_synapse": [False, False]}),
    D("CurrentDAC", "CurrentDACOnDLS()", [0xffff8000], {"enable_current": False, "current": 0,
      "sign": "CurrentDAC.Sign.source", "connect_neuron": [False, False], "connect_synapse": [False, False]}),
    D("CommonSynramConfig", "CommonSynramConfigOnDLS.top", [0x0, 0x0, 0x0], {"pc_conf_west": 0, "pc_conf_east": 0,
      "w_conf_west": 0, "w_conf_east": 0, "wait_ctr_clear": 0}),
    D("CommonSynramConfig", "CommonSynramConfigOnDLS.bottom", [0xffffffff, 0xffffffff, 0xffffffff], {"pc_conf_west": 15,
      "pc_conf_east": 15, "w_conf_west": 255, "w_conf_east": 255, "wait_ctr_clear": 7}),
    D("CommonSynramConfig", "CommonSynramConfigOnDLS(1)", [0xffffff54, 0xffff71cc, 0xfffffffc], {"pc_conf_west": 4,
      "pc_conf_east": 5, "w_conf_west": 204, "w_conf_east": 113, "wait_ctr_clear": 4}),
    D("CommonSynramConfig", "CommonSynramConfigOnDLS(0)", [0x5a5a5a56, 0x5a5a568f, 0x5a5a5a58], {"pc_conf_west": 6,
      "pc_conf_east": 5, "w_conf_west": 143, "w_conf_east": 86, "wait_ctr_clear": 0}),
    D("SynapseBiasSelection", "SynapseBiasSelectionOnDLS()", [0x0],
      {"enable_internal_dac_bias": [False, False, False, False],
      "enable_internal_ramp_bias": [False, False, False, False],
      "enable_internal_store_bias": [False, False, False, False],
      "enable_internal_output_bias": [False, False, False, False]}),
    D("SynapseBiasSelection", "SynapseBiasSelectionOnDLS()", [0xffffffff],
      {"enable_internal_dac_bias": [True, True, True, True], "enable_internal_ramp_bias": [True, True, True, True],
      "enable_internal_store_bias": [True, True, True, True], "enable_internal_output_bias": [True, True, True, True]}),
    D("SynapseBiasSelection", "SynapseBiasSelectionOnDLS()", [0xffff3247],
      {"enable_internal_dac_bias": [False, False, False, False],
      "enable_internal_ramp_bias": [True, True, False, False], "enable_internal_store_bias": [False, True, True, True],
      "enable_internal_output_bias": [False, True, True, False]}),
    D("SynapseBiasSelection", "SynapseBiasSelectionOnDLS()", [0x5a5ab2c9],
      {"enable_internal_dac_bias": [True, True, True, False], "enable_internal_ramp_bias": [True, False, False, False],
      "enable_internal_store_bias": [False, False, True, True],
      "enable_internal_output_bias": [False, True, True, False]}),
    D("SynapseWeightQuad", "SynapseWeightQuadOnDLS(SynapseQuadOnSynram(X(0), Y(0)), SynramOnDLS(0))", [0x0],
      {"values": [0, 0, 0, 0]}),
    D("SynapseWeightQuad", "SynapseWeightQuadOnDLS(SynapseQuadOnSynram(X(13), Y(23)), SynramOnDLS(1))", [0xffffffff],
      {"values": [63, 63, 63, 63]}),
    D("SynapseWeightQuad", "SynapseWeightQuadOnDLS(SynapseQuadOnSynram(X(63), Y(255)), SynramOnDLS(1))", [0xdee0d5c7],
      {"values": [15, 32, 21, 28]}),
    D("SynapseWeightQuad", "SynapseWeightQuadOnDLS(SynapseQuadOnSynram(X(63), Y(0)), SynramOnDLS(0))", [0x7c514f5b],
      {"values": [39, 17, 30, 27]}),
    D("SynapseWeightQuad", "SynapseWeightQuadOnDLS(SynapseQuadOnSynram(X(0), Y(1)), SynramOnDLS(1))", [0x1103d3f],
      {"values": [16, 1, 55, 63]}),
    D("SynapseWeightQuad", "SynapseWeightQuadOnDLS(SynapseQuadOnSynram(X(32), Y(255)), SynramOnDLS(0))", [0xc1d0fdff],
      {"values": [16, 1, 55, 63]}),
    D("SynapseLabelQuad", "SynapseLabelQuadOnDLS(SynapseQuadOnSynram(X(0), Y(0)), SynramOnDLS(0))", [0x0],
      {"values": [0, 0, 0, 0]}),
    D("SynapseLabelQuad", "SynapseLabelQuadOnDLS(SynapseQuadOnSynram(X(13), Y(23)), SynramOnDLS(1))", [0xffffffff],
      {"values": [63, 63, 63, 63]}),
    D("SynapseLabelQuad", "SynapseLabelQuadOnDLS(SynapseQuadOnSynram(X(63), Y(255)), SynramOnDLS(1))", [0xd7daf8f7],
      {"values": [23, 26, 56, 55]}),
    D("SynapseLabelQuad", "SynapseLabelQuadOnDLS(SynapseQuadOnSynram(X(63), Y(0)), SynramOnDLS(0))", [0x796a737f],
      {"values": [57, 42, 51, 63]}),
    D("SynapseCorrelationCalibQuad",
      "SynapseCorrelationCalibQuadOnDLS(SynapseQuadOnSynram(X(0), Y(0)), SynramOnDLS(0))", [0x0, 0x0],
      {"time_calibs": [0, 0, 0, 0], "amp_calibs": [0, 0, 0, 0]}),
    D("SynapseCorrelationCalibQuad",
      "SynapseCorrelationCalibQuadOnDLS(SynapseQuadOnSynram(X(13), Y(23)), SynramOnDLS(1))", [0xffffffff, 0xffffffff],
      {"time_calibs": [3, 3, 3, 3], "amp_calibs": [3, 3, 3, 3]}),
    D("SynapseCorrelationCalibQuad",
      "SynapseCorrelationCalibQuadOnDLS(SynapseQuadOnSynram(X(63), Y(255)), SynramOnDLS(1))", [0xfffcfefd, 0xfefffdfc],
      {"time_calibs": [3, 0, 2, 1], "amp_calibs": [2, 3, 1, 0]}),
    D("SynapseCorrelationCalibQuad",
      "SynapseCorrelationCalibQuadOnDLS(SynapseQuadOnSynram(X(63), Y(0)), SynramOnDLS(0))", [0x5b585859, 0x58585b5b],
      {"time_calibs": [3, 0, 0, 1], "amp_calibs": [0, 0, 3, 3]}),
    D("SynapseQuad", "SynapseQuadOnDLS(SynapseQuadOnSynram(X(0), Y(0)), SynramOnDLS(0))", [0x0, 0x0],
      {"weights": [0, 0, 0, 0], "time_calibs": [0, 0, 0, 0], "labels": [0, 0, 0, 0], "amp_calibs": [0, 0, 0, 0]}),
    D("SynapseQuad", "SynapseQuadOnDLS(SynapseQuadOnSynram(X(13), Y(23)), SynramOnDLS(1))", [0xffffffff, 0xffffffff],
      {"weights": [63, 63, 63, 63], "time_calibs": [3, 3, 3, 3], "labels": [63, 63, 63, 63],
      "amp_calibs": [3, 3, 3, 3]}),
    D("SynapseQuad", "SynapseQuadOnDLS(SynapseQuadOnSynram(X(63), Y(255)), SynramOnDLS(1))", [0xcca08bde, 0xf12313eb],
      {"weights": [6, 32, 26, 15], "time_calibs": [3, 2, 2, 3], "labels": [49, 35, 19, 43],
      "amp_calibs": [3, 0, 0, 3]}),
    D("SynapseQuad", "SynapseQuadOnDLS(SynapseQuadOnSynram(X(63), Y(0)), SynramOnDLS(0))", [0x560080dd, 0x501f605f],
      {"weights": [13, 0, 0, 23], "time_calibs": [1, 0, 2, 3], "labels": [16, 31, 32, 31], "amp_calibs": [1, 0, 1, 1]}),
    D("SynapseQuad", "SynapseQuadOnDLS(SynapseQuadOnSynram(X(0), Y(1)), SynramOnDLS(1))", [0x41d0fd3f, 0x41d0fd3f],
      {"weights": [16, 1, 55, 63], "time_calibs": [1, 3, 3, 0], "labels": [1, 16, 61, 63], "amp_calibs": [1, 3, 3, 0]}),
    D("ColumnCorrelationQuad", "ColumnCorrelationQuadOnDLS(Enum(0))", [0x0, 0x0, 0x0, 0x0], {"get_switch": [(0,
      off("enable_internal_causal enable_internal_acausal enable_debug_causal enable_debug_acausal "
        "enable_cadc_neuron_readout_causal enable_cadc_neuron_readout_acausal")), (1, off("enable_internal_causal "
        "enable_internal_acausal enable_debug_causal enable_debug_acausal enable_cadc_neuron_readout_causal "
        "enable_cadc_neuron_readout_acausal")), (2, off("enable_internal_causal enable_internal_acausal "
        "enable_debug_causal enable_debug_acausal enable_cadc_neuron_readout_causal "
        "enable_cadc_neuron_readout_acausal")), (3, off("enable_internal_causal enable_internal_acausal "
        "enable_debug_causal enable_debug_acausal enable_cadc_neuron_readout_causal "
        "enable_cadc_neuron_readout_acausal"))]}),
    D("ColumnCorrelationQuad", "ColumnCorrelationQuadOnDLS(ColumnCorrelationQuadOnSynram(X(31)), SynramOnDLS.bottom)",
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], {"get_switch": [(0, on("enable_internal_causal "
        "enable_internal_acausal enable_debug_causal enable_debug_acausal enable_cadc_neuron_readout_causal "
        "enable_cadc_neuron_readout_acausal")), (1, on("enable_internal_causal enable_internal_acausal "
        "enable_debug_causal enable_debug_acausal enable_cadc_neuron_readout_causal "
        "enable_cadc_neuron_readout_acausal")), (2, on("enable_internal_causal enable_internal_acausal "
        "enable_debug_causal enable_debug_acausal enable_cadc_neuron_readout_causal "
        "enable_cadc_neuron_readout_acausal")), (3, on("enable_internal_causal enable_internal_acausal "
        "enable_debug_causal enable_debug_acausal enable_cadc_neuron_readout_causal "
        "enable_cadc_neuron_readout_acausal"))]}),
    D("ColumnCorrelationQuad", "ColumnCorrelationQuadOnDLS(Enum(127))",
      [0x3fbf7fbf, 0x3f3fffff, 0xdfffdfdf, 0xffdfffdf], {"get_switch": [(0, {"enable_cadc_neuron_readout_acausal": True,
      **off("enable_internal_causal enable_internal_acausal enable_debug_causal enable_debug_acausal "
        "enable_cadc_neuron_readout_causal")}), (1, {**on("enable_internal_acausal enable_cadc_neuron_readout_causal"),
      **off("enable_internal_causal enable_debug_causal enable_debug_acausal enable_cadc_neuron_readout_acausal")}), (2,
      {**on("enable_internal_causal enable_debug_causal enable_debug_acausal enable_cadc_neuron_readout_acausal"),
      **off("enable_internal_acausal enable_cadc_neuron_readout_causal")}), (3, {**on("enable_internal_acausal "
        "enable_debug_causal enable_debug_acausal"), **off("enable_internal_causal enable_cadc_neuron_readout_causal "
        "enable_cadc_neuron_readout_acausal")})]}),
    D("ColumnCorrelationQuad", "ColumnCorrelationQuadOnDLS(ColumnCorrelationQuadOnSynram(X(63)), SynramOnDLS.top)",
      [0x5a5a9a5a, 0xda5a5ada, 0x5a7a7a7a, 0x5a5a7a7a], {"get_switch": [(0, {**on("enable_internal_causal "
        "enable_debug_causal enable_debug_acausal"), **off("enable_internal_acausal enable_cadc_neuron_readout_causal "
        "enable_cadc_neuron_readout_acausal")}), (1, {**on("enable_internal_causal enable_debug_causal "
        "enable_cadc_neuron_readout_causal"), **off("enable_internal_acausal enable_debug_acausal "
        "enable_cadc_neuron_readout_acausal")}), (2, {**on("enable_internal_acausal enable_debug_causal "
        "enable_cadc_neuron_readout_causal enable_cadc_neuron_readout_acausal"), **off("enable_internal_causal "
        "enable_debug_acausal")}), (3, {**on("enable_internal_causal enable_debug_causal enable_debug_acausal "
        "enable_cadc_neuron_readout_causal enable_cadc_neuron_readout_acausal"), "enable_internal_acausal": False})]}),
    D("ColumnCurrentQuad", "ColumnCurrentQuadOnDLS(Enum(0))", [0x0, 0x0], {"get_switch": [(0,
      off("enable_synaptic_current_excitatory enable_synaptic_current_inhibitory enable_debug_excitatory "
        "enable_debug_inhibitory")), (1, off("enable_synaptic_current_excitatory enable_synaptic_current_inhibitory "
        "enable_debug_excitatory enable_debug_inhibitory")), (2, off("enable_synaptic_current_excitatory "
        "enable_synaptic_current_inhibitory enable_debug_excitatory enable_debug_inhibitory")), (3,
      off("enable_synaptic_current_excitatory enable_synaptic_current_inhibitory enable_debug_excitatory "
        "enable_debug_inhibitory"))]}),
    D("ColumnCurrentQuad", "ColumnCurrentQuadOnDLS(ColumnCurrentQuadOnSynram(X(31)), SynramOnDLS.bottom)",
      [0xffffffff, 0xffffffff], {"get_switch": [(0, on("enable_synaptic_current_excitatory "
        "enable_synaptic_current_inhibitory enable_debug_excitatory enable_debug_inhibitory")), (1,
      on("enable_synaptic_current_excitatory enable_synaptic_current_inhibitory enable_debug_excitatory "
        "enable_debug_inhibitory")), (2, on("enable_synaptic_current_excitatory enable_synaptic_current_inhibitory "
        "enable_debug_excitatory enable_debug_inhibitory")), (3, on("enable_synaptic_current_excitatory "
        "enable_synaptic_current_inhibitory enable_debug_excitatory enable_debug_inhibitory"))]}),
    D("ColumnCurrentQuad", "ColumnCurrentQuadOnDLS(Enum(127))", [0xfdfefffc, 0xfdfdfcfd], {"get_switch": [(0,
      {**on("enable_synaptic_current_excitatory enable_debug_excitatory"), **off("enable_synaptic_current_inhibitory "
        "enable_debug_inhibitory")}), (1, {**on("enable_synaptic_current_inhibitory enable_debug_excitatory"),
      **off("enable_synaptic_current_excitatory enable_debug_inhibitory")}), (2,
      {**on("enable_synaptic_current_excitatory enable_synaptic_current_inhibitory"), **off("enable_debug_excitatory "
        "enable_debug_inhibitory")}), (3, {"enable_debug_excitatory": True, **off("enable_synaptic_current_excitatory "
        "enable_synaptic_current_inhibitory enable_debug_inhibitory")})]}),
    D("ColumnCurrentQuad", "ColumnCurrentQuadOnDLS(ColumnCurrentQuadOnSynram(X(63)), SynramOnDLS.top)",
      [0x5a5b595b, 0x5b5b5859], {"get_switch": [(0, {**on("enable_synaptic_current_inhibitory enable_debug_excitatory "
        "enable_debug_inhibitory"), "enable_synaptic_current_excitatory": False}), (1,
      on("enable_synaptic_current_excitatory enable_synaptic_current_inhibitory enable_debug_excitatory "
        "enable_debug_inhibitory")), (2, {"enable_synaptic_current_excitatory": True,
      **off("enable_synaptic_current_inhibitory enable_debug_excitatory enable_debug_inhibitory")}), (3,
      {**on("enable_synaptic_current_excitatory enable_synaptic_current_inhibitory enable_debug_excitatory"),
      "enable_debug_inhibitory": False})]}),
]
