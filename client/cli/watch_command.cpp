// talkback watch: what happens in the room, as it happens.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/interrupt.hpp"
#include "client/cli/roles.hpp"
#include "engine/session/describe.hpp"

namespace talkback::cli {
namespace {

using replica::Event;

// One line of text or one line of JSON an event; nothing for what a watcher need not see.
struct Line {
  std::string text;
  nlohmann::json json;
};

std::string presence_text(const v1::Presence& presence, const session::Session& session) {
  std::string text = presence.user() + " (" + std::string(role_text(presence.role())) + ")";
  if (presence.left()) return text + " left";
  const v1::Object* recording = session.find(ObjectId{presence.state().recording_track_id()});
  if (recording != nullptr) return text + " is recording track \"" + recording->track().name() + "\"";
  if (presence.state().playing()) return text + " is playing";
  return text + (presence.state().idle() ? " is idle" : " is here");
}

Line line_of(const Event& event, const session::Session& session) {
  switch (event.kind) {
    case Event::Kind::committed: {
      const auto sentences = session::describe(event.report.changes, session);
      std::string text = "#" + std::to_string(event.edit.revision()) + " " + event.edit.author() + ": ";
      for (std::size_t i = 0; i < sentences.size(); ++i) text += (i == 0 ? "" : "; ") + sentences[i];
      return {text,
              {{"event", "edit"},
               {"revision", event.edit.revision()},
               {"author", event.edit.author()},
               {"changes", sentences}}};
    }
    case Event::Kind::presence:
      return {presence_text(event.presence, session),
              {{"event", "presence"},
               {"user", event.presence.user()},
               {"left", event.presence.left()},
               {"recording", event.presence.state().recording_track_id() != 0}}};
    case Event::Kind::render: {
      std::string state = v1::RenderStatus::State_Name(event.render.state());
      std::ranges::transform(state, state.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      return {"render " + event.render.render_id() + ": " + state + " " +
                  std::to_string(static_cast<int>(event.render.progress() * 100)) + " %",
              {{"event", "render"},
               {"render", event.render.render_id()},
               {"state", state},
               {"progress", event.render.progress()}}};
    }
    case Event::Kind::resync:
      return {"this copy differed from the server's and is loaded anew", {{"event", "resync"}}};
    default:
      return {};
  }
}

Result<void> watch(Context& context, const std::string& name, int seconds) {
  TALKBACK_ASSIGN(const auto project, context.join_project(name));
  const auto show = [&](const Event& event) {
    const Line line = line_of(event, project->session());
    if (context.terminal.json && !line.json.is_null()) std::cout << line.json.dump() << std::endl;
    if (!context.terminal.json && !line.text.empty()) std::cout << line.text << std::endl;
  };
  context.terminal.note("Watching \"" + name + "\" at revision " +
                        std::to_string(project->sync().replica().revision()) + "; Ctrl+C ends.");
  Interrupt interrupt;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (!interrupt.requested() && (seconds == 0 || std::chrono::steady_clock::now() < end)) {
    TALKBACK_ASSIGN(const auto events, project->pump(std::chrono::milliseconds(100)));
    for (const Event& event : events) show(event);
  }
  return {};
}

}  // namespace

void add_watch_command(Commands& commands) {
  auto name = std::make_shared<std::string>();
  auto seconds = std::make_shared<int>(0);
  CLI::App* command = commands.add("watch", "Show edits, presence and renders as they happen");
  command->add_option("project", *name, "Name or id")->required();
  command->add_option("--for", *seconds, "Seconds to watch (default: until Ctrl+C)")->check(CLI::Range(1, 86'400));
  commands.run(command, [=](Context& context) { return watch(context, *name, *seconds); });
}

}  // namespace talkback::cli
