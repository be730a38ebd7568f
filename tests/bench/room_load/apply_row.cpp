#include <stdexcept>

#include "engine/session/apply.hpp"
#include "engine/session/canonical.hpp"
#include "tests/bench/room_load/room_rows.hpp"
#include "tests/bench/room_load/room_socket.hpp"
#include "tests/bench/room_load/room_work.hpp"

namespace talkback::bench {

void measure_apply(std::uint64_t edits) {
  session::Session session = session::Session::create({.title = "Bench"});
  for (const v1::Edit& edit : seed_edits())
    if (!session::apply(session, edit)) throw std::runtime_error("the session is not taken");
  std::vector<v1::Edit> work;
  for (std::uint64_t i = 0; i < edits; ++i) work.push_back(make_edit(i % 2 == 1 ? Kind::note : Kind::fader, i, 1));
  const auto time = [&](const char* name, const auto& run) {
    const auto start = SteadyClock::now();
    run();
    const double seconds = std::chrono::duration<double>(SteadyClock::now() - start).count();
    print_figure(name, seconds * 1e6 / static_cast<double>(edits), "us");
  };
  time("apply an edit", [&] {
    for (const v1::Edit& edit : work)
      if (!session::apply(session, edit)) throw std::runtime_error("an edit is not taken");
  });
  time("digest after all, an edit", [&] { (void)session::digest(session); });
}

}  // namespace talkback::bench
