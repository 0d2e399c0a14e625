// SPDX-License-Identifier: Apache-2.0
#include "wallet/link_service.h"

#include <mutex>
#include <set>

#include "base/log.h"
#include "storage/file_descriptor.h"
#include "wallet/tunnels.h"

namespace countersign::wallet {
namespace {

// One PC on its link. Each purchase that it starts has a PurchaseSide of its own, so that hanging up one
// leaves the link.
class LinkedComputer {
 public:
  explicit LinkedComputer(std::shared_ptr<link::Connection> connection)
      : connection_(std::move(connection)),
        tunnels_([link = connection_](link::Frame frame) { return link->send(std::move(frame)); }) {}

  const std::string& name() const { return connection_->pairing().name; }
  Tunnels& tunnels() { return tunnels_; }
  // A link that has ended is noticed by who receives from it.
  void tell(const link::Control& message) {
    auto payload = link::write_control(message);
    if (payload)
      static_cast<void>(connection_->send({link::FrameKind::kControl, 0, std::move(payload).value()}));
  }

 private:
  std::shared_ptr<link::Connection> connection_;
  Tunnels tunnels_;
};

class PurchaseSide final : public ComputerSide {
 public:
  explicit PurchaseSide(std::shared_ptr<LinkedComputer> computer) : computer_(std::move(computer)) {}

  const std::string& name() const override { return computer_->name(); }
  Carrier carrier(const std::string& gateway) override {
    return [computer = computer_, over = over_, gateway](int socket) -> Result<void> {
      if (over->is_over(gateway)) {
        const storage::FileDescriptor unused(socket);
        return fail(ErrorCode::kCancelled, "the purchase is over");
      }
      return computer->tunnels().carry(socket, gateway);
    };
  }
  void hang_up() override {
    over_->end_all();
    computer_->tunnels().hang_up();
  }
  void hang_up(const std::string& gateway) override {
    over_->end(gateway);
    computer_->tunnels().hang_up(gateway);
  }
  std::optional<ErrorCode> closed_because(const std::string& gateway) override {
    return computer_->tunnels().closed_because(gateway);
  }
  void tell(const link::Control& message) override { computer_->tell(message); }

 private:
  // What is carried no more.
  class Over {
   public:
    bool is_over(const std::string& gateway) {
      const std::lock_guard lock(mutex_);
      return all_ || gateways_.contains(gateway);
    }
    void end_all() {
      const std::lock_guard lock(mutex_);
      all_ = true;
    }
    void end(const std::string& gateway) {
      const std::lock_guard lock(mutex_);
      gateways_.insert(gateway);
    }

   private:
    std::mutex mutex_;  // guards what follows
    bool all_ = false;
    std::set<std::string> gateways_;
  };

  std::shared_ptr<LinkedComputer> computer_;
  std::shared_ptr<Over> over_ = std::make_shared<Over>();
};

// What a PC said; what only wallets say ends the link.
class Listener {
 public:
  Listener(IncomingDesk& desk, std::shared_ptr<LinkedComputer> computer)
      : desk_(desk), computer_(std::move(computer)) {}

  Result<void> take(const link::Frame& frame) {
    switch (frame.kind) {
      case link::FrameKind::kControl:
        return take_control(frame.payload);
      case link::FrameKind::kData:
      case link::FrameKind::kClose:
        computer_->tunnels().take(frame);
        return ok();
      default:
        return fail(ErrorCode::kUnsupported, "link: PCs open no channels");
    }
  }
  // What was under way over the link fails at once, also where its outcome will be asked for elsewhere.
  void lose() {
    if (side_) desk_.lost(*side_);
    computer_->tunnels().hang_up();
  }

 private:
  Result<void> take_control(BytesView payload) {
    TRY(const auto message, link::read_control(payload));
    if (const auto* start = std::get_if<link::Start>(&message)) {
      auto side = std::make_shared<PurchaseSide>(computer_);
      if (desk_.start(*start, side)) side_ = std::move(side);
      return ok();
    }
    if (const auto* request = std::get_if<link::PaymentInformationRequest>(&message)) {
      if (side_) desk_.go_on(request->purchase, *side_);
      return ok();
    }
    if (const auto* cancel = std::get_if<link::Cancel>(&message)) {
      if (side_) desk_.cancel(*cancel, *side_);
      return ok();
    }
    return fail(ErrorCode::kUnsupported, "link: a message that PCs do not send");
  }

  IncomingDesk& desk_;
  std::shared_ptr<LinkedComputer> computer_;
  std::shared_ptr<PurchaseSide> side_;  // of the newest purchase that was taken
};

// Null where Bluetooth is not to be used.
link::Reached<std::unique_ptr<link::Acceptor>> bluetooth_acceptor(const LinkOptions& options) {
  using link::BluetoothUse;
  if (options.use_bluetooth == BluetoothUse::kNever) return std::unique_ptr<link::Acceptor>();
  if (options.use_bluetooth == BluetoothUse::kWhereThere) {
    auto there = link::check_bluetooth(options.bluetooth);
    if (!there) return std::move(there).error();
  }
  return link::listen_bluetooth(options.bluetooth);
}

void log_obstacle(const link::NotReached& reason, link::BluetoothUse use) {
  const auto level = use == link::BluetoothUse::kAlways ? LogLevel::kWarning : LogLevel::kInfo;
  log_event(level, "bluetooth_not_offered",
            {{"obstacle", link::obstacle_name(reason.obstacle)}, {"detail", reason.error.detail}});
}

}  // namespace

Result<std::unique_ptr<Pairings>> Pairings::open(const std::filesystem::path& folder, const Clock& clock) {
  TRY(auto database, storage::open_sqlite(folder / "link.db"));
  TRY(auto store, link::PairingStore::open(*database, clock.now()));
  return std::unique_ptr<Pairings>(new Pairings(std::move(database), std::move(store), clock));
}

Result<std::vector<PairedComputer>> Pairings::list() {
  std::vector<PairedComputer> computers;
  TRY(const auto offers, store_->offers(clock_.now()));
  for (const auto& offer : offers) computers.push_back({offer.id, offer.name, true, {}, offer.expires});
  TRY(const auto pairings, store_->pairings());
  for (const auto& pairing : pairings)
    computers.push_back({pairing.id, pairing.name, false, pairing.created, pairing.last_used});
  return computers;
}

Result<void> Pairings::accept(std::string_view text) {
  TRY(const auto offer, link::PairingOffer::parse(text));
  TRY(store_->accept_offer(offer, clock_.now()));
  return ok();
}

Result<void> Pairings::remove(const std::string& id) {
  TRY(const auto offers, store_->offers(clock_.now()));
  for (const auto& offer : offers) {
    if (offer.id == id) return store_->withdraw_offer(id);
  }
  return store_->revoke(id, clock_.now());
}

void serve_computer(const std::shared_ptr<link::Connection>& connection, IncomingDesk& desk) {
  Listener listener(desk, std::make_shared<LinkedComputer>(connection));
  for (;;) {
    auto frame = connection->receive();
    if (!frame) break;
    const auto taken = listener.take(frame.value());
    crypto::wipe(frame.value().payload);
    if (!taken) {
      connection->close(taken.error().code);
      break;
    }
  }
  listener.lose();
}

Result<std::unique_ptr<LinkService>> LinkService::start(const LinkOptions& options, Pairings& pairings,
                                                        IncomingDesk& desk, const Clock& clock) {
  std::unique_ptr<LinkService> service(new LinkService());
  std::vector<std::unique_ptr<link::Acceptor>> acceptors;
  if (options.lan) {
    TRY(auto lan, link::LanAcceptor::listen(*options.lan, pairings.store(), clock));
    service->state_.port = lan->port();
    service->state_.discovery_port = lan->discovery_port();
    acceptors.push_back(std::move(lan));
  }
  auto bluetooth = bluetooth_acceptor(options);
  if (!bluetooth) {
    log_obstacle(bluetooth.error(), options.use_bluetooth);
    if (options.use_bluetooth == link::BluetoothUse::kAlways)
      service->state_.obstacle = std::move(bluetooth).error();
  } else if (bluetooth.value()) {
    acceptors.push_back(std::move(bluetooth).value());
  }
  if (acceptors.empty() && service->state_.obstacle) return service;
  if (acceptors.empty())
    return fail(ErrorCode::kUnavailable, "link: neither an address nor Bluetooth to listen on");
  link::ListenerOptions listening;
  listening.own_name = options.name;
  listening.connection = options.connection;
  TRY(service->listener_,
      link::LinkListener::start(pairings.store(), std::move(acceptors), clock, std::move(listening),
                                [&desk](const auto& connection) { serve_computer(connection, desk); }));
  service->state_.listens = true;
  return service;
}

}  // namespace countersign::wallet
