// A line to a server on this machine that carries no more than so many bytes a second towards it, until it is killed:
// slow_line SERVER-PORT BYTES-PER-SECOND; prints the port to use instead.
#include <cstdlib>
#include <iostream>

#include "tests/support/flaky_line.hpp"

int main(int count, char** words) {
  if (count != 3) {
    std::cerr << "usage: slow_line SERVER-PORT BYTES-PER-SECOND\n";
    return 2;
  }
  talkback::test::FlakyLine line(static_cast<unsigned short>(std::atoi(words[1])));
  line.limit(std::atoll(words[2]));
  std::cout << line.port() << std::endl;
  std::this_thread::sleep_until(std::chrono::steady_clock::time_point::max());
}
