// SPDX-License-Identifier: Apache-2.0
#include "link/bluetooth.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "base/log.h"
#include "link/bluez.h"

namespace countersign::link {
namespace {

constexpr std::chrono::milliseconds kPatience{50};  // between looks at the stop token
constexpr std::chrono::milliseconds kLookAgain{
    2'000};  // for terminals that are coupled while an offer is open
constexpr std::chrono::hours kLong{1};

Reached<void> check_adapters(const BluezState& state) {
  if (state.adapters == 0) return not_reached(Obstacle::kAdapterMissing, "bluetooth: no adapter");
  if (state.powered == 0) return not_reached(Obstacle::kAdapterOff, "bluetooth: no adapter has power");
  return BOOST_OUTCOME_V2_NAMESPACE::success();
}

// The connection to bluetoothd outlives the searches: with it would end what it handed over. One search at a
// time.
struct BluezAccess {
  BluetoothOptions options;
  std::mutex mutex;  // held by the search under way
  std::unique_ptr<Bluez> bluez;
};

class BluetoothSearch final : public Search {
 public:
  BluetoothSearch(std::shared_ptr<BluezAccess> access, std::unique_lock<std::mutex> turn,
                  const Target& target)
      : access_(std::move(access)), turn_(std::move(turn)), target_(target), look_again_(after({})) {}

  Reached<Stream> next(Deadline deadline, const std::stop_token& stop) override {
    Bluez& bluez = *access_->bluez;
    while (std::chrono::steady_clock::now() < deadline) {
      if (stop.stop_requested()) return not_reached(Obstacle::kCancelled, "bluetooth: search stopped");
      if (auto stream = bluez.take_stream()) {
        connecting_ = false;
        return std::move(*stream);
      }
      if (bluez.has_restarted()) {
        auto registered = bluez.register_profile(Bluez::Role::kClient);
        if (!registered) return std::move(registered).error();
      }
      if (connecting_ && bluez.connect_failure()) {
        log_event(LogLevel::kInfo, "bluetooth_not_connected", {{"reason", *bluez.connect_failure()}});
        connecting_ = false;
      }
      if (!connecting_) {
        auto begun = begin_next();
        if (!begun) return std::move(begun).error();
      }
      auto processed = bluez.process(std::min(deadline, after(kPatience)));
      if (!processed) return std::move(processed).error();
    }
    return not_reached(Obstacle::kNoAnswer, "bluetooth: no terminal answered in time");
  }

 private:
  // Begins with the next candidate. Without any left, a paired terminal is given up; an offer waits.
  Reached<void> begin_next() {
    if (candidates_.empty() && std::chrono::steady_clock::now() >= look_again_) {
      auto found = look();
      if (!found) return found;
    }
    if (!candidates_.empty()) {
      const BluezDevice device = std::move(candidates_.front());
      candidates_.pop_front();
      connecting_ = true;
      return access_->bluez->begin_connect(device);
    }
    if (target_.is_offer) return BOOST_OUTCOME_V2_NAMESPACE::success();
    if (tried_any_) return not_reached(Obstacle::kNoAnswer, "bluetooth: no coupled terminal answered");
    return not_reached(Obstacle::kNotBonded, "bluetooth: no coupled device offers the wallet's service");
  }

  Reached<void> look() {
    look_again_ = target_.is_offer ? after(kLookAgain) : Deadline::max();
    auto state = access_->bluez->state();
    if (!state) return std::move(state).error();
    auto checked = check_adapters(state.value());
    if (!checked) return checked;
    for (auto& device : state.value().devices) {
      if (!device.is_coupled) continue;
      if (device.address == target_.last_address) {
        candidates_.push_front(std::move(device));
      } else if (device.has_service) {
        candidates_.push_back(std::move(device));
      }
    }
    tried_any_ = tried_any_ || !candidates_.empty();
    return BOOST_OUTCOME_V2_NAMESPACE::success();
  }

  const std::shared_ptr<BluezAccess> access_;
  const std::unique_lock<std::mutex> turn_;
  const Target& target_;
  std::deque<BluezDevice> candidates_;
  Deadline look_again_;
  bool connecting_ = false;
  bool tried_any_ = false;
};

class BluetoothTransport final : public Transport {
 public:
  explicit BluetoothTransport(BluetoothOptions options) { access_->options = std::move(options); }
  std::string_view name() const override { return kBluetooth; }

  Reached<std::unique_ptr<Search>> search(const Target& target) override {
    std::unique_lock turn(access_->mutex, std::try_to_lock);
    if (!turn) return not_reached(Obstacle::kNoAnswer, "bluetooth: busy with another search");
    auto ready = make_ready();
    if (!ready) {
      access_->bluez.reset();  // the next search begins anew
      return std::move(ready).error();
    }
    return std::unique_ptr<Search>(std::make_unique<BluetoothSearch>(access_, std::move(turn), target));
  }

 private:
  Reached<void> make_ready() {
    if (!access_->bluez) {
      auto opened = Bluez::open(access_->options.bus_address);
      if (!opened) return std::move(opened).error();
      access_->bluez = std::move(opened).value();
    }
    while (access_->bluez->take_stream()) {  // late ones of a search before
    }
    return access_->bluez->register_profile(Bluez::Role::kClient);
  }

  const std::shared_ptr<BluezAccess> access_ = std::make_shared<BluezAccess>();
};

class BluetoothAcceptor final : public Acceptor {
 public:
  explicit BluetoothAcceptor(std::unique_ptr<Bluez> bluez) : bluez_(std::move(bluez)) {}
  std::string_view name() const override { return kBluetooth; }

  Result<Stream> accept() override {
    while (!stopped_) {
      if (auto stream = bluez_->take_stream()) return std::move(*stream);
      if (bluez_->has_restarted()) offer_again();
      auto processed = bluez_->process(after(kLong), waker_.number());
      if (!processed) return fail(processed.error().error);
    }
    return fail(ErrorCode::kCancelled, "bluetooth: no longer listening");
  }

  void stop() noexcept override {
    stopped_ = true;
    waker_.wake();
  }

 private:
  void offer_again() {
    const auto offered = bluez_->register_profile(Bluez::Role::kServer);
    if (!offered) log_error("bluetooth_not_offered", offered.error().error);
  }

  const std::unique_ptr<Bluez> bluez_;
  Waker waker_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace

Reached<void> check_bluetooth(const BluetoothOptions& options) {
  auto bluez = Bluez::open(options.bus_address);
  if (!bluez) return std::move(bluez).error();
  auto state = bluez.value()->state();
  if (!state) return std::move(state).error();
  return check_adapters(state.value());
}

std::shared_ptr<Transport> bluetooth_transport(BluetoothOptions options) {
  return std::make_shared<BluetoothTransport>(std::move(options));
}

Reached<std::unique_ptr<Acceptor>> listen_bluetooth(const BluetoothOptions& options) {
  auto bluez = Bluez::open(options.bus_address);
  if (!bluez) return std::move(bluez).error();
  auto offered = bluez.value()->register_profile(Bluez::Role::kServer);
  if (!offered) return std::move(offered).error();
  return std::unique_ptr<Acceptor>(std::make_unique<BluetoothAcceptor>(std::move(bluez).value()));
}

}  // namespace countersign::link
