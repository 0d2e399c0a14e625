// SPDX-License-Identifier: Apache-2.0
#include "link/bluetooth.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "link/link_test_world.h"

extern char** environ;

namespace countersign::link {
namespace {

// Process runs a program, waits for the first line that it prints, and ends it with itself.
class Process {
 public:
  explicit Process(std::vector<std::string> command, const std::string& variable = "NONE=") {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    const Socket reading(ends[0]);
    Socket writing(ends[1]);
    std::vector<char*> arguments;
    for (auto& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::string own = variable;
    std::vector<char*> variables{own.data()};
    for (char** each = environ; *each != nullptr; ++each) variables.push_back(*each);
    variables.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, writing.number(), STDOUT_FILENO);
    const int failed =
        ::posix_spawnp(&id_, arguments[0], &actions, nullptr, arguments.data(), variables.data());
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed != 0)
      throw std::runtime_error("cannot run " + command[0] + "; scripts/bootstrap test installs it");
    writing = Socket();
    for (char c = 0; ::read(reading.number(), &c, 1) == 1 && c != '\n';) line_ += c;
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    ::kill(id_, SIGTERM);
    ::waitpid(id_, nullptr, 0);
  }
  const std::string& first_line() const { return line_; }

 private:
  pid_t id_ = -1;
  std::string line_;
};

// A message bus of the test's own, and a bluetoothd on it that testing/bluez_stand_in.py plays.
struct BluetoothTest : LinkTest {
  BluetoothTest() {
    options.bus_address = bus.first_line();
    wallet.listener.reset();  // no local network here
  }
  void play(std::vector<std::string> words) {
    std::vector<std::string> command{"/usr/bin/python3", COUNTERSIGN_BLUEZ_STAND_IN};
    command.insert(command.end(), words.begin(), words.end());
    bluetoothd.reset();
    bluetoothd = std::make_unique<Process>(command, "DBUS_SESSION_BUS_ADDRESS=" + options.bus_address);
    ASSERT_EQ(bluetoothd->first_line(), "ready");
  }
  void open_wallet() {
    std::vector<std::unique_ptr<Acceptor>> acceptors;
    auto acceptor = listen_bluetooth(options);
    ASSERT_TRUE(acceptor) << acceptor.error().error.detail;
    acceptors.push_back(std::move(acceptor).value());
    wallet.listener = LinkListener::start(*wallet.device.store, std::move(acceptors), clock, wallet.options,
                                          wallet.arrivals.handler())
                          .value();
  }
  std::unique_ptr<LinkDialer> bluetooth_dialer() { return dialer_over(pc, {bluetooth_transport(options)}); }
  // As if both had been paired before; the id.
  std::string paired_before() {
    const auto offer = new_offer();
    const auto id = wallet.device.store->accept_offer(offer, clock.now()).value();
    auto& at_terminal = *wallet.device.store;
    EXPECT_TRUE(at_terminal.complete_offer(id, "Computer", pc.store->identity().digest(), clock.now()));
    EXPECT_TRUE(pc.store->complete_offer(id, "Terminal", at_terminal.identity().digest(), clock.now()));
    return id;
  }
  static std::string met(const Reached<void>& reached) {
    return reached ? "ok" : std::string(obstacle_name(reached.error().obstacle));
  }
  using LinkTest::met;

  Process bus{{"dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"}};
  BluetoothOptions options;
  std::unique_ptr<Process> bluetoothd;
};

const std::string kPhone = "device=00:00:5E:00:53:AF";

TEST_F(BluetoothTest, PairsAndConnectsAgainOverTheStreamThatBluetoothdHandsOver) {
  play({kPhone});
  open_wallet();
  const auto offer = new_offer();
  ASSERT_TRUE(wallet.device.store->accept_offer(offer, clock.now()));
  const auto dialer = bluetooth_dialer();
  const auto paired = dialer->pair(offer);
  ASSERT_EQ(met(paired), "ok");
  EXPECT_EQ(paired.value()->transport(), "bluetooth");
  EXPECT_EQ(paired.value()->pairing().last_address, "00:00:5E:00:53:AF");
  const auto again = dialer->dial(paired.value()->pairing().id);
  ASSERT_EQ(met(again), "ok");
  ASSERT_NE(wallet.arrivals.next(), nullptr);
  const auto arrived = wallet.arrivals.next();
  ASSERT_NE(arrived, nullptr);
  ASSERT_TRUE(arrived->send({FrameKind::kOpen, 1, write_open({"https://shop.example"}).value()}));
  EXPECT_EQ(again.value()->receive().value().channel, 1);
}

TEST_F(BluetoothTest, TriesTheDevicesOneAfterTheOther) {
  play({"device=00:00:5E:00:53:01,deaf", "device=00:00:5E:00:53:02,unpaired",
        "device=00:00:5E:00:53:03,without-service", kPhone});
  open_wallet();
  const auto reached = bluetooth_dialer()->dial(paired_before());
  ASSERT_EQ(met(reached), "ok");
  EXPECT_EQ(reached.value()->pairing().last_address, "00:00:5E:00:53:AF");
}

TEST_F(BluetoothTest, TriesTheLastDeviceAlsoWhenItsServicesAreNotKnown) {
  play({kPhone + ",without-service"});
  open_wallet();
  const auto id = paired_before();
  ASSERT_TRUE(pc.store->note_contact(id, "00:00:5E:00:53:AF", clock.now()));
  EXPECT_EQ(met(bluetooth_dialer()->dial(id)), "ok");
}

TEST_F(BluetoothTest, OffersItsServiceAgainWhenBluetoothdStartsAnew) {
  play({kPhone});
  open_wallet();
  const auto id = paired_before();
  ASSERT_EQ(met(bluetooth_dialer()->dial(id)), "ok");
  play({kPhone});
  const Deadline patience = after(kPatience);
  while (met(bluetooth_dialer()->dial(id)) != "ok") ASSERT_LT(std::chrono::steady_clock::now(), patience);
}

TEST_F(BluetoothTest, RefusesATerminalWithAnotherKey) {
  play({kPhone});
  Wallet other(clock);
  const auto id = paired_before();
  std::vector<std::unique_ptr<Acceptor>> acceptors;
  acceptors.push_back(listen_bluetooth(options).value());
  const auto listener = LinkListener::start(*other.device.store, std::move(acceptors), clock, other.options,
                                            other.arrivals.handler())
                            .value();
  EXPECT_EQ(met(bluetooth_dialer()->dial(id)), "another_terminal");
}

TEST_F(BluetoothTest, NamesEachObstacle) {
  const auto id = paired_before();
  EXPECT_EQ(met(check_bluetooth(options)), "service_missing") << "no bluetoothd on the bus";
  EXPECT_EQ(met(bluetooth_dialer()->dial(id)), "service_missing");
  const auto acceptor = listen_bluetooth(options);
  ASSERT_FALSE(acceptor);
  EXPECT_EQ(acceptor.error().obstacle, Obstacle::kServiceMissing);
  EXPECT_EQ(met(check_bluetooth({"unix:path=/nonexistent"})), "service_missing") << "no bus";
  play({"adapter=none"});
  EXPECT_EQ(met(check_bluetooth(options)), "adapter_missing");
  EXPECT_EQ(met(bluetooth_dialer()->dial(id)), "adapter_missing");
  play({"adapter=off", kPhone});
  EXPECT_EQ(met(check_bluetooth(options)), "adapter_off");
  EXPECT_EQ(met(bluetooth_dialer()->dial(id)), "adapter_off");
  play({kPhone + ",unpaired"});
  EXPECT_EQ(met(check_bluetooth(options)), "ok");
  EXPECT_EQ(met(bluetooth_dialer()->dial(id)), "not_bonded");
  play({kPhone + ",deaf"});
  EXPECT_EQ(met(bluetooth_dialer()->dial(id)), "no_answer");
  play({kPhone});
  EXPECT_EQ(met(bluetooth_dialer()->dial(id)), "no_answer") << "the wallet is not open";
}

TEST_F(BluetoothTest, StopsWhenThePersonGivesUp) {
  play({kPhone + ",without-service"});
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(LinkTest::met(bluetooth_dialer()->pair(new_offer(), stop.get_token())), "cancelled");
}

}  // namespace
}  // namespace countersign::link
