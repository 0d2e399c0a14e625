// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>

#include "link/control.h"
#include "link/dialer.h"
#include "link/greeting.h"
#include "link/ip.h"
#include "link/lan.h"
#include "link/listener.h"
#include "link/test_world.h"

// A computer and a terminal that meet on the loopback interface.
namespace countersign::link {

inline constexpr std::chrono::milliseconds kPatience{5'000};

// Arrivals hands the connections that a listener accepts to the test, and ends each when the test lets it go.
class Arrivals {
 public:
  LinkListener::Handler handler() {
    return [this](const std::shared_ptr<Connection>& connection) {
      {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(connection);
      }
      changed_.notify_all();
      (void)connection->receive();  // until the first frame or the end
    };
  }
  std::shared_ptr<Connection> next() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [&] { return !waiting_.empty(); })) return nullptr;
    auto connection = std::move(waiting_.front());
    waiting_.pop_front();
    return connection;
  }
  bool none() {
    const std::lock_guard lock(mutex_);
    return waiting_.empty();
  }

 private:
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Connection>> waiting_;
};

// Wallet is a terminal that listens on an address of the loopback interface.
struct Wallet {
  explicit Wallet(const HandClock& given, std::string host = "127.0.0.1", std::uint16_t udp = 0)
      : clock(given), device(given), address(std::move(host)), discovery_port(udp) {
    options.own_name = "Terminal";
    options.review_period = std::chrono::milliseconds(20);
    listen();
  }
  void listen() {
    listener.reset();
    LanListenOptions lan;
    lan.address = address;
    lan.group = group;
    lan.discovery_port = discovery_port;
    auto acceptor = LanAcceptor::listen(lan, *device.store, clock).value();
    port = acceptor->port();
    discovery_port = acceptor->discovery_port();
    std::vector<std::unique_ptr<Acceptor>> acceptors;
    acceptors.push_back(std::move(acceptor));
    listener =
        LinkListener::start(*device.store, std::move(acceptors), clock, options, arrivals.handler()).value();
  }
  std::string endpoint() const { return address + ":" + std::to_string(port); }

  const HandClock& clock;
  Device device;
  Arrivals arrivals;
  const std::string address;
  std::string group;  // none
  std::uint16_t discovery_port;
  std::uint16_t port = 0;
  ListenerOptions options;
  std::unique_ptr<LinkListener> listener;
};

struct LinkTest : ::testing::Test {
  // A dialer of that computer which knows these addresses.
  std::unique_ptr<LinkDialer> dialer(Device& computer, std::vector<std::string> addresses) {
    LanSearchOptions search;
    search.group.clear();
    search.interface_address = "127.0.0.1";
    search.discovery_port = wallet.discovery_port;
    search.addresses = std::move(addresses);
    search.settling = std::chrono::milliseconds(100);
    return dialer_over(computer, {lan_transport(search, clock).value()});
  }
  std::unique_ptr<LinkDialer> dialer_over(Device& computer,
                                          std::vector<std::shared_ptr<Transport>> transports) {
    DialerOptions options;
    options.own_name = "Computer";
    options.search_limit = search_limit;
    options.greeting_limit = greeting_limit;
    return std::make_unique<LinkDialer>(*computer.store, std::move(transports), clock, options);
  }

  PairingOffer new_offer() { return pc.store->create_offer("Computer", clock.now()).value(); }

  // Pairs computer and terminal; the pairing's id. The connection ends.
  std::string pair() {
    const auto offer = new_offer();
    EXPECT_TRUE(wallet.device.store->accept_offer(offer, clock.now()));
    const auto paired = dialer(pc, {wallet.endpoint()})->pair(offer);
    if (!paired) {
      ADD_FAILURE() << paired.error().error.detail;
      return {};
    }
    EXPECT_NE(wallet.arrivals.next(), nullptr);
    return paired.value()->pairing().id;
  }

  // The obstacle's name, "ok" for none.
  static std::string met(const Reached<std::shared_ptr<Connection>>& reached) {
    return reached ? "ok" : std::string(obstacle_name(reached.error().obstacle));
  }

  // What the terminal answers to a hello that is made by `make_hello`, from whoever has that identity:
  // "welcome", or the name of the error.
  std::string visit(const Identity& identity, const std::function<Hello(const Session&)>& make_hello) const {
    const auto greeted = [&]() -> Result<void> {
      TRY(auto socket, begin_connect(*Endpoint::parse(wallet.endpoint())));
      TRY(auto tls, TlsStream::connect(
                        std::move(socket), identity, [](const Sha256Digest&) -> Result<void> { return ok(); },
                        after(kPatience)));
      TRY(send_control(*tls, write_hello(make_hello(session_of(*tls, ProofBy::kMediator))),
                       after(kPatience)));
      TRY(const Bytes answer, receive_control(*tls, after(kPatience)));
      TRY(read_welcome(answer));
      return ok();
    }();
    return greeted ? "welcome" : std::string(error_name(greeted.error().code));
  }
  static std::function<Hello(const Session&)> honest_hello(const PairingKeys& keys) {
    return [&keys](const Session& session) {
      return Hello{keys.id, "Computer", prove(keys.proof, ProofBy::kMediator, session)};
    };
  }

  HandClock clock;
  Device pc{clock};
  Wallet wallet{clock};
  std::chrono::milliseconds search_limit{kPatience};
  std::chrono::milliseconds greeting_limit{4'000};
};

}  // namespace countersign::link
