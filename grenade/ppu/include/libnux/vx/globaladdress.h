// Addresses that mean the same for the host and both processors.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <s2pp.h>

#include "libnux/vx/dls.h"

namespace libnux::vx {

typedef uint32_t ppu_uintptr_t;
typedef int32_t ppu_intptr_t;

namespace detail {

/// Memory of the FPGA as one processor reaches it.
/// @tparam scalar_base Data address of its first byte
/// @tparam vector_base Vector IO address of its first byte
/// @tparam first Omnibus address of its first word
/// @tparam size Number of words
template <uint32_t scalar_base, uint32_t vector_base, uint32_t first, uint32_t size>
class ExternalAddress
{
public:
	constexpr ExternalAddress(uint32_t word, uint32_t byte) : m_pointer(word << 2 | byte) {}

	/// Address for fxvinx and fxvoutx: they count blocks of 16 bytes.
	constexpr uint32_t to_fxviox_addr() const { return m_pointer >> 4 | vector_base; }

	/// Address for scalar accesses and for fxvlax and fxvstax.
	constexpr uint32_t to_scalar_addr() const { return m_pointer | scalar_base; }

	template <typename T>
	T* to_scalar() const
	{
		return reinterpret_cast<T*>(to_scalar_addr());
	}

	/// Whether the address is in the memory. Upstream compares that of DRAM including its base and so never finds it.
	constexpr operator bool() const { return m_pointer - (first << 2) < size << 2; }

private:
	uint32_t m_pointer; ///< byte address without the highest bits, which the word address brings along
};

} // namespace detail

/// Word address of the Omnibus, as the host uses it, and a byte in that word.
class GlobalAddress
{
public:
	typedef ppu_uintptr_t omnibus_address;
	typedef ppu_uintptr_t byte_address;

	constexpr static omnibus_address extmem_base = 0x80000000;
	constexpr static uint32_t extmem_words = 1 << 15;
	constexpr static omnibus_address extmem_dram_base = 0x84000000;
	constexpr static uint32_t extmem_dram_words = 1 << 26;
	constexpr static uint32_t sram_words = 1 << 12;

	typedef detail::ExternalAddress<extmem_data_base, dls_extmem_base, extmem_base, extmem_words> ExtMem;
	typedef detail::ExternalAddress<
	    extmem_dram_data_base, dls_extmem_dram_base, extmem_dram_base, extmem_dram_words>
	    ExtMemDRAM;

	/// Internal memory of one of the processors.
	class SRAM
	{
	public:
		constexpr SRAM(omnibus_address word, byte_address byte, PPUOnDLS owner) :
		    m_pointer(word << 2 | byte), m_owner(owner)
		{}

		/// Address for fxvlax and fxvstax of the owner.
		constexpr byte_address to_vector_addr() const { return m_pointer & 0x3fff; }

		/// Address for scalar accesses of the owner.
		constexpr byte_address to_scalar_addr() const { return m_pointer & 0x3fff; }

		/// Address for scalar accesses of a processor: over the Omnibus if it is not the owner.
		constexpr byte_address to_scalar_addr(PPUOnDLS ppu) const
		{
			return is_local(ppu) ? to_scalar_addr() : m_pointer | ppu_omnibus_chip;
		}

		template <typename T>
		auto to_vector() const
		{
			typedef __vector T Data;
			return reinterpret_cast<Data*>(to_vector_addr());
		}

		template <typename T>
		T* to_scalar() const
		{
			return reinterpret_cast<T*>(to_scalar_addr());
		}

		template <typename T>
		T* to_scalar(PPUOnDLS ppu) const
		{
			return reinterpret_cast<T*>(to_scalar_addr(ppu));
		}

		/// Whether the memory is that of a processor.
		constexpr bool is_local(PPUOnDLS const& ppu) const { return m_owner == ppu; }

		/// Whether the address is in the memory of a processor.
		constexpr operator bool() const
		{
			return m_pointer - (sram_top_base_address << 2) < sram_words << 2 ||
			       m_pointer - (sram_bot_base_address << 2) < sram_words << 2;
		}

	private:
		byte_address m_pointer;
		PPUOnDLS m_owner;
	};

	GlobalAddress() = default;

	/// From a word address and a number of bytes, which may be of several words.
	constexpr static GlobalAddress from_global(omnibus_address address, byte_address word_offset = 0)
	{
		return GlobalAddress(address + word_offset / 4, word_offset % 4);
	}

	constexpr static GlobalAddress from_global(GlobalAddress const& other) { return other; }

	/// From the number of a byte in an external memory, `ExtMem` or `ExtMemDRAM`.
	template <typename T>
	constexpr static GlobalAddress from_relative(byte_address offset)
	{
		static_assert(std::is_same_v<T, ExtMem> || std::is_same_v<T, ExtMemDRAM>, "expected ExtMem or ExtMemDRAM");
		return from_global(std::is_same_v<T, ExtMem> ? extmem_base : extmem_dram_base, offset);
	}

	/// From the number of a byte in the internal memory, `SRAM`, of a processor.
	template <typename T>
	constexpr static GlobalAddress from_relative(byte_address offset, PPUOnDLS ppu)
	{
		static_assert(std::is_same_v<T, SRAM>, "expected SRAM");
		return from_global(ppu == PPUOnDLS::top ? sram_top_base_address : sram_bot_base_address, offset);
	}

	constexpr bool operator==(GlobalAddress const& other) const
	{
		return m_word == other.m_word && m_byte == other.m_byte;
	}

	/// Add words and bytes of another address.
	constexpr GlobalAddress& operator+=(GlobalAddress const& other)
	{
		*this += other.m_byte;
		m_word += other.m_word;
		return *this;
	}

	/// Add bytes.
	constexpr GlobalAddress& operator+=(byte_address const& bytes)
	{
		byte_address const sum = m_byte + bytes;
		m_word += sum / 4;
		m_byte = sum % 4;
		return *this;
	}

	constexpr GlobalAddress operator+(GlobalAddress const& other) const { return GlobalAddress(*this) += other; }

	constexpr GlobalAddress operator+(byte_address const& bytes) const { return GlobalAddress(*this) += bytes; }

	constexpr omnibus_address to_global_omnibus() const { return m_word; }

	constexpr uint64_t to_global_omnibus_byte() const { return static_cast<uint64_t>(m_word) << 2 | m_byte; }

	constexpr ExtMem to_extmem() const { return ExtMem(m_word, m_byte); }
	constexpr ExtMemDRAM to_extmem_dram() const { return ExtMemDRAM(m_word, m_byte); }

	/// The owner of what is below the memory of the bottom processor is the top one.
	constexpr SRAM to_sram() const
	{
		return SRAM(m_word, m_byte, m_word < sram_bot_base_address ? PPUOnDLS::top : PPUOnDLS::bottom);
	}

	constexpr explicit operator ExtMem() const { return to_extmem(); }
	constexpr explicit operator ExtMemDRAM() const { return to_extmem_dram(); }
	constexpr explicit operator SRAM() const { return to_sram(); }

	constexpr bool is_extmem() const { return m_word - extmem_base < extmem_words; }

	/// Upstream looks for the size of the external SRAM here.
	constexpr bool is_extmem_dram() const { return m_word - extmem_dram_base < extmem_dram_words; }

	constexpr bool is_sram() const
	{
		return m_word - sram_top_base_address < sram_words || m_word - sram_bot_base_address < sram_words;
	}

	/// Word and byte in network byte order, which is that of the processor.
	constexpr std::array<uint32_t, 2> serialize() const { return {m_word, m_byte}; }

	constexpr void deserialize(std::array<uint32_t, 2> const& state)
	{
		m_word = state[0];
		m_byte = state[1];
	}

private:
	constexpr GlobalAddress(omnibus_address word, byte_address byte) : m_word(word), m_byte(byte) {}

	omnibus_address m_word;
	byte_address m_byte;
};

/// First words and sizes in words of the memories.
struct AddressSpace
{
	constexpr static GlobalAddress sram_top = GlobalAddress::from_global(sram_top_base_address);
	constexpr static GlobalAddress sram_bot = GlobalAddress::from_global(sram_bot_base_address);
	constexpr static uint32_t sram_size = GlobalAddress::sram_words;
	constexpr static GlobalAddress extmem = GlobalAddress::from_global(GlobalAddress::extmem_base);
	constexpr static uint32_t extmem_size = GlobalAddress::extmem_words;
	constexpr static GlobalAddress extmem_dram = GlobalAddress::from_global(GlobalAddress::extmem_dram_base);
	constexpr static uint32_t extmem_dram_size = GlobalAddress::extmem_dram_words;
};

} // namespace libnux::vx
