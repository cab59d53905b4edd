// std::string, whose members the headers of both libraries leave to the library.
#include <string>

template class std::basic_string<char>;
