// What the scheduler calls.
#pragma once

#include <functional>

typedef std::function<void(void)> Service;
