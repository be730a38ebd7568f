// What is asked and shown on a terminal, and the keys that a person presses there, on a pseudo-terminal.
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/client_fixture.hpp"

namespace talkback::test {
namespace {

// A program on a terminal of its own; killed with the object.
class OnTerminal {
 public:
  OnTerminal(const std::vector<std::string>& words, const Environment& more) {
    struct winsize size {};
    size.ws_row = 30;
    size.ws_col = 90;
    pid_ = ::forkpty(&terminal_, nullptr, nullptr, &size);
    if (pid_ != 0) return;
    for (const auto& [name, value] : more) ::setenv(name.c_str(), value.c_str(), 1);
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  ~OnTerminal() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ::close(terminal_);
  }
  OnTerminal(const OnTerminal&) = delete;
  OnTerminal& operator=(const OnTerminal&) = delete;

  void press(char key) { ASSERT_EQ(::write(terminal_, &key, 1), 1); }

  // Waits until the text was shown behind what the last such call found; false where the program ended without it.
  bool shows(const std::string& text) {
    std::size_t at = 0;
    while ((at = shown_.find(text)) == std::string::npos)
      if (!read()) return false;
    shown_.erase(0, at + text.size());
    return true;
  }
  // Until it ends: all that it showed since.
  std::string rest() {
    while (read()) {
    }
    return shown_;
  }

 private:
  bool read() {
    char piece[4'096];
    const ssize_t got = ::read(terminal_, piece, sizeof piece);
    if (got <= 0) return false;
    shown_.append(piece, static_cast<std::size_t>(got));
    return true;
  }

  pid_t pid_ = 0;
  int terminal_ = -1;
  std::string shown_;
};

class TerminalTest : public ClientTest {
 protected:
  Environment on_card(const Member& member, const std::string& card) {
    Environment environment = member.environment;
    environment["TALKBACK_HOME"] = member.home().string();
    environment["TALKBACK_FILE_DEVICE"] = card;
    environment["TERM"] = "xterm";
    return environment;
  }
  void type(OnTerminal& terminal, const std::string& line) {
    for (const char key : line + "\n") terminal.press(key);
  }
};

TEST_F(TerminalTest, KeysStartStopPunchMarkAndEndARecording) {
  create_song();
  anna.succeed({"edit", "Song", "+session.track name=Vocal kind=audio"});
  OnTerminal terminal({TALKBACK_BINARY_DIR "/talkback", "record", "Song", "--track", "Vocal", "--click"},
                      on_card(anna, "speed=4,latency=700"));
  ASSERT_TRUE(terminal.shows("RECORDING   bar 2."));
  terminal.press('m');
  ASSERT_TRUE(terminal.shows("Marked at"));
  terminal.press('r');
  ASSERT_TRUE(terminal.shows("PLAYING"));
  terminal.press('p');
  ASSERT_TRUE(terminal.shows("RECORDING"));
  terminal.press('l');
  ASSERT_TRUE(terminal.shows("nothing to loop"));
  terminal.press(' ');
  ASSERT_TRUE(terminal.shows("STOPPED"));
  terminal.press(' ');
  ASSERT_TRUE(terminal.shows("RECORDING   bar 1."));
  terminal.press('q');
  const std::string end = terminal.rest();
  EXPECT_NE(end.find("\033[?1049l"), std::string::npos) << "the terminal is given back";
  EXPECT_NE(end.find("take 1 to 3"), std::string::npos) << end;
  const auto stored = session_objects("take");
  ASSERT_EQ(stored.size(), 3U);
  EXPECT_EQ(session_objects("take_mark").size(), 1U);
}

TEST_F(TerminalTest, SetupAsksForTheCardAndForTheLoop) {
  create_song();
  OnTerminal terminal({TALKBACK_BINARY_DIR "/talkback", "setup"}, on_card(anna, "speed=8,latency=700,reported=300"));
  ASSERT_TRUE(terminal.shows("Which sound card? [1]"));
  type(terminal, "7");
  const std::string refused = terminal.rest();
  EXPECT_NE(refused.find("there is no device \"7\""), std::string::npos) << refused;
  OnTerminal again({TALKBACK_BINARY_DIR "/talkback", "setup"}, on_card(anna, "speed=8,latency=700,reported=300"));
  ASSERT_TRUE(again.shows("Which sound card? [1]"));
  type(again, "");
  ASSERT_TRUE(again.shows("Silence, please"));
  type(again, "");
  ASSERT_TRUE(again.shows("Now play or sing"));
  type(again, "");
  ASSERT_TRUE(again.shows("Enter measures, s skips"));
  type(again, "");
  const std::string end = again.rest();
  EXPECT_NE(end.find("700 frames"), std::string::npos) << end;
  EXPECT_NE(end.find("is the sound card of this machine"), std::string::npos) << end;
}

TEST_F(TerminalTest, APerformerOnStandbyAgreesAndTakesItBack) {
  // Notes stay on the screen and are drawn again; the keys are there only while the question is.
  const std::string keys_of_question = "Y agree   N refuse";
  create_song();
  add_bert("performer");
  bert.succeed({"edit", "Song", "+session.track name=Vocal kind=audio performer=bert"});
  OnTerminal standby({TALKBACK_BINARY_DIR "/talkback", "standby", "Song", "--track", "Vocal"},
                     on_card(bert, "channels=1,speed=2,latency=700"));
  ASSERT_TRUE(standby.shows("STANDBY"));
  Program producer = anna.start({"remote-record", "Song", "--performer", "bert", "--track", "Vocal", "--from", "1"});
  ASSERT_TRUE(standby.shows("asks to record you"));
  ASSERT_TRUE(standby.shows(keys_of_question));
  standby.press('y');
  ASSERT_TRUE(standby.shows("RECORDING"));
  ASSERT_TRUE(producer.says("bert: recording at", ".err"));
  standby.press('n');
  const Outcome outcome = producer.wait();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("the performer ended the recording"), std::string::npos) << outcome.err;
  ASSERT_TRUE(standby.shows("Recorded Vocal take 1"));
  // The next order is asked about again; this time the answer is no.
  Program again = anna.start({"remote-record", "Song", "--performer", "bert", "--track", "Vocal", "--from", "1"});
  ASSERT_TRUE(standby.shows("asks to record you"));
  ASSERT_TRUE(standby.shows(keys_of_question));
  standby.press('n');
  EXPECT_EQ(again.wait().code, 6);
  standby.press('q');
  EXPECT_NE(standby.rest().find("\033[?1049l"), std::string::npos) << "the terminal is given back";
  EXPECT_EQ(session_objects("take").size(), 1U);
}

}  // namespace
}  // namespace talkback::test
