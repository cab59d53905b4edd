"""The heap of PPU programs and what of the C++ library they can use."""

from __future__ import annotations

import pytest

from grenade.ppu import compile_program
from tests.grenade.ppu.compilers import COMPILERS
from tests.grenade.ppu.emulator import run

pytestmark = pytest.mark.parametrize("compiler", COMPILERS)


def outcome(text: str, compiler: str) -> int:
    """Exit code of a program."""
    return run(compile_program([("program.cpp", text)], compiler=compiler)).exit_code


# -- heap ----------------------------------------------------------------------------------------------------------


def test_blocks_are_aligned_and_apart(compiler: str) -> None:
    text = """
    #include <cstdlib>
    #include <new>
    extern char heap_base[], heap_end[];
    struct alignas(128) Vector { char bytes[128]; };
    int start()
    {
        char* previous = heap_base;
        for (int size = 1; size < 60; ++size) {
            char* const block = static_cast<char*>(std::malloc(size));
            if (!block || (unsigned) block % 8 || block < previous || block + size > heap_end)
                return size;
            previous = block + size;
        }
        Vector* const vector = new Vector;
        if ((unsigned) vector % 128)
            return 100;
        delete vector;
        return std::calloc(3, 5) && !std::malloc(20000) && !new (std::nothrow) char[20000] ? 0 : 101;
    }
    """
    assert outcome(text, compiler) == 0


def test_freed_memory_is_used_again(compiler: str) -> None:
    text = """
    #include <cstdlib>
    #include <cstring>
    #include <vector>
    int start()
    {
        int sum = 0;
        for (int i = 0; i < 2000; ++i) {
            std::vector<int> values;
            for (int k = 0; k < 100; ++k)
                values.push_back(k);
            sum += values[i % 100];
        }
        // Neighbours that were freed in any order become one block.
        void* const a = std::malloc(1000);
        void* const b = std::malloc(1000);
        void* const c = std::malloc(1000);
        std::free(c);
        std::free(a);
        std::free(b);
        if (std::malloc(3000) != a)
            return 1;
        char* text = static_cast<char*>(std::malloc(4));
        std::strcpy(text, "abc");
        text = static_cast<char*>(std::realloc(text, 400));
        return std::strcmp(text, "abc") ? 2 : sum == 99000 ? 0 : 3;
    }
    """
    assert outcome(text, compiler) == 0


def test_heap_does_not_grow_into_the_stack(compiler: str) -> None:
    text = """
    #include <cstdlib>
    #include <cstring>
    int start()
    {
        int volatile guard[8] = {1, 2, 3, 4, 5, 6, 7, 8};
        while (void* block = std::malloc(64))
            std::memset(block, 0xff, 64);
        int sum = 0;
        for (int value : guard)
            sum += value;
        return sum;
    }
    """
    assert outcome(text, compiler) == 36


# -- the C++ library -----------------------------------------------------------------------------------------------


def test_library(compiler: str) -> None:
    text = """
    #include <algorithm>
    #include <array>
    #include <cstdint>
    #include <functional>
    #include <memory>
    #include <numeric>
    #include <optional>
    #include <string>
    #include <tuple>
    #include <type_traits>
    #include <utility>
    #include <vector>

    struct Shape { virtual int area() const = 0; virtual ~Shape() { ++destroyed; } static int destroyed; };
    int Shape::destroyed = 0;
    struct Square final : Shape
    {
        int side;
        Square(int s) : side(s) {}
        int area() const override { return side * side; }
    };
    struct Box final : Shape
    {
        int a, b;
        Box(int x, int y) : a(x), b(y) {}
        int area() const override { return a * b; }
    };

    template <typename... Ts>
    int total(std::tuple<Ts...> const& values)
    {
        return std::apply([](auto... v) { return static_cast<int>((v + ...)); }, values);
    }

    int start()
    {
        int failures = 0;
        auto check = [&, bit = 1](bool condition) mutable { failures |= condition ? 0 : bit; bit <<= 1; };

        std::vector<int> values{5, 3, 9, 1};
        for (int i = 0; i < 40; ++i)
            values.push_back((i * 37) % 41);
        std::sort(values.begin(), values.end());
        check(std::is_sorted(values.begin(), values.end()) && values.size() == 44);
        check(std::accumulate(values.begin(), values.end(), 0) == 5 + 3 + 9 + 1 + 41 * 40 / 2 - 4);
        values.erase(std::remove(values.begin(), values.end(), 9), values.end());
        values.insert(values.begin() + 2, 100);
        check(values.size() == 43 && *std::max_element(values.begin(), values.end()) == 100);

        std::array<std::uint16_t, 6> array{6, 1, 5, 2, 4, 3};
        std::sort(array.begin(), array.end(), std::greater<>{});
        check(array.front() == 6 && array.back() == 1);

        std::vector<std::unique_ptr<Shape>> shapes;
        shapes.push_back(std::make_unique<Square>(4));
        shapes.push_back(std::make_unique<Box>(2, 5));
        int area = 0;
        for (auto const& shape : shapes)
            area += shape->area();
        shapes.clear();
        check(area == 26 && Shape::destroyed == 2);

        std::array<int, 20> large{};
        large[7] = 11;
        std::function<int(int)> function = [large](int i) { return large[i]; };
        std::function<int(int)> other = function;
        check(other(7) == 11 && other(8) == 0 && !std::function<void()>{});

        check(total(std::make_tuple(1, 2.5f, std::uint8_t{3}, 4ll)) == 10);
        auto [first, second] = std::minmax({3, 1, 2});
        check(first == 1 && second == 3);
        std::optional<int> optional;
        check(!optional && optional.value_or(4) == 4);
        std::string text = "kernel";
        text += " with more characters than fit into the object";
        check(text.size() == 52 && text.find("more") == 12 && text.substr(0, 6) == "kernel");
        float const mean = std::accumulate(array.begin(), array.end(), 0.f) / array.size();
        check(mean == 3.5f);
        static_assert(std::is_same_v<std::uint32_t, unsigned> && sizeof(std::size_t) == 4 && sizeof(long double) == 8);
        return failures;
    }
    """
    assert outcome(text, compiler) == 0
