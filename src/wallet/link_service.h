// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "link/bluetooth.h"
#include "link/lan.h"
#include "link/listener.h"
#include "wallet/incoming.h"

namespace countersign::wallet {

// LinkState is whether a wallet listens for PCs, and what is in the way of that.
struct LinkState {
  bool listens = false;
  std::uint16_t port = 0, discovery_port = 0;  // of the local network: TCP, and UDP for discovery; 0 without
  std::optional<link::NotReached> obstacle;    // to Bluetooth, where that is demanded
};

struct LinkOptions {
  std::string name;                           // how this wallet calls itself to PCs
  std::optional<link::LanListenOptions> lan;  // absent: not on the local network
  // Where Bluetooth is missing the wallet says so, and goes on.
  link::BluetoothUse use_bluetooth = link::BluetoothUse::kNever;
  link::BluetoothOptions bluetooth;
  link::ConnectionOptions connection = {};
};

// PairedComputer is a PC that may start purchases here, or one whose offer was read and that has not come
// yet.
struct PairedComputer {
  std::string id, name;
  bool is_offer = false;
  TimePoint created, last_used;  // of an offer: until when it waits, in `last_used`
};

// Pairings is the wallet's memory of PCs, in `link.db` of its folder. Thread-safe.
class Pairings {
 public:
  static Result<std::unique_ptr<Pairings>> open(const std::filesystem::path& folder, const Clock& clock);

  Result<std::vector<PairedComputer>> list();
  // Takes an offer that a PC shows ("countersign:pair?…"); the PC becomes paired when it connects.
  Result<void> accept(std::string_view offer);
  // Forgets a PC, or withdraws an offer; kNotFound. A connection of it ends within a second.
  Result<void> remove(const std::string& id);

  link::PairingStore& store() { return *store_; }

 private:
  Pairings(std::unique_ptr<storage::Database> database, std::unique_ptr<link::PairingStore> store,
           const Clock& clock)
      : database_(std::move(database)), store_(std::move(store)), clock_(clock) {}
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<link::PairingStore> store_;
  const Clock& clock_;
};

// LinkService listens for paired PCs and hands what they bring to the desk. Serves until destroyed.
class LinkService {
 public:
  // All outlive it. kUnavailable when an address or port is taken, or when there is nothing to listen on.
  // Where Bluetooth alone is to be listened on and is missing, it waits for nobody: state() says why, and the
  // log has it.
  static Result<std::unique_ptr<LinkService>> start(const LinkOptions& options, Pairings& pairings,
                                                    IncomingDesk& desk, const Clock& clock);
  const LinkState& state() const { return state_; }

 private:
  LinkService() = default;
  LinkState state_;
  std::unique_ptr<link::LinkListener> listener_;
};

// serve_computer speaks with one PC until its link ends. For listeners and tests.
void serve_computer(const std::shared_ptr<link::Connection>& connection, IncomingDesk& desk);

}  // namespace countersign::wallet
