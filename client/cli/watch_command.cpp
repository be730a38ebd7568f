// talkback watch: what happens in the room, as it happens.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands.hpp"
#include "client/cli/interrupt.hpp"
#include "client/cli/recording_text.hpp"
#include "client/cli/roles.hpp"
#include "engine/session/describe.hpp"
#include "engine/session/rules.hpp"
#include "engine/session/tempo.hpp"

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
  const v1::RecordingStatus& status = presence.state().recording();
  if (status.phase() != v1::RecordingStatus::PHASE_UNSPECIFIED) {
    const v1::Object* track = session.find(ObjectId{status.track_id()});
    const bool is_known = track != nullptr && track->has_track();
    return text + (is_known ? " on track \"" + track->track().name() + "\": " : ": ") +
           recording_text(status, session::tempo_map(session, session::sample_rate_of(session)));
  }
  const v1::Object* recording = session.find(ObjectId{presence.state().recording_track_id()});
  if (recording != nullptr) return text + " is recording track \"" + recording->track().name() + "\"";
  if (presence.state().playing()) return text + " is playing";
  return text + (presence.state().idle() ? " is idle" : " is here");
}

Line line_of(const v1::HistoryNews& news) {
  switch (news.news_case()) {
    case v1::HistoryNews::kBranch:
      return {news.branch().author() + " began branch \"" + news.branch().name() + "\"",
              {{"event", "branch"}, {"name", news.branch().name()}, {"author", news.branch().author()}}};
    case v1::HistoryNews::kVersion:
      return {news.version().author() + " made version \"" + news.version().name() + "\"",
              {{"event", "version"}, {"name", news.version().name()}, {"author", news.version().author()}}};
    case v1::HistoryNews::kSuggestion: {
      const v1::Suggestion& suggestion = news.suggestion();
      const std::string title = std::to_string(suggestion.number()) + ", \"" + suggestion.title() + "\"";
      return {suggestion.answered_by().empty() ? suggestion.branch().author() + " offers suggestion " + title
                                               : suggestion.answered_by() + " answered suggestion " + title,
              {{"event", "suggestion"},
               {"number", suggestion.number()},
               {"author", suggestion.branch().author()},
               {"state", v1::Suggestion::State_Name(suggestion.state())}}};
    }
    case v1::HistoryNews::NEWS_NOT_SET:
      break;
  }
  return {};
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
    case Event::Kind::presence: {
      Line line{presence_text(event.presence, session),
                {{"event", "presence"},
                 {"user", event.presence.user()},
                 {"left", event.presence.left()},
                 {"recording", event.presence.state().recording_track_id() != 0}}};
      if (event.presence.state().has_recording())
        line.json["status"] = recording_json(event.presence.state().recording());
      return line;
    }
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
    case Event::Kind::lease: {
      const v1::Object* object = session.find(ObjectId{event.lease.object_id()});
      const std::string title = object == nullptr ? "something gone" : session::title_of(session, *object);
      const bool lapses = event.lease.ends_unix_ms() != 0 && !event.lease.ended();
      return {event.lease.user() +
                  (event.lease.ended() ? " gave back "
                   : lapses            ? " is gone, and at work on "
                                       : " is at work on ") +
                  title,
              {{"event", "lease"},
               {"user", event.lease.user()},
               {"object", to_string(ObjectId{event.lease.object_id()})},
               {"ended", event.lease.ended()}}};
    }
    case Event::Kind::news:
      return line_of(event.news);
    case Event::Kind::resync:
      return {"this copy differed from the server's and is loaded anew", {{"event", "resync"}}};
    default:
      return {};
  }
}

Result<void> watch(Context& context, const std::string& name, int seconds) {
  TALKBACK_ASSIGN(const auto project, context.join_project(name));
  RecordingNews recordings;
  const auto show = [&](const Event& event) {
    const bool is_status =
        event.kind == Event::Kind::presence && event.presence.state().has_recording() && !event.presence.left();
    if (is_status && !recordings.is_news(event.presence.connection_id(), event.presence.state().recording())) return;
    const Line line = line_of(event, project->session());
    if (context.terminal.json && !line.json.is_null()) std::cout << line.json.dump() << std::endl;
    if (!context.terminal.json && !line.text.empty()) std::cout << line.text << std::endl;
  };
  context.terminal.note("Watching \"" + name + "\" at revision " +
                        std::to_string(project->sync().replica().revision()) + "; Ctrl+C ends.");
  // Recordings that run already, or wait for orders.
  for (const auto& [connection, presence] : project->present()) {
    if (!presence.state().has_recording()) continue;
    Event event{.kind = Event::Kind::presence};
    event.presence = presence;
    show(event);
  }
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
