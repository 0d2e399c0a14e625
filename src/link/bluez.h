// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-bus.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "link/transport.h"

namespace countersign::link {

// What bluetoothd tells of adapters and devices.
struct BluezDevice {
  std::string path;     // D-Bus object
  std::string address;  // "AA:BB:CC:DD:EE:FF"
  bool is_coupled = false;
  bool has_service = false;  // offers the wallet's
};
struct BluezState {
  int adapters = 0;
  int powered = 0;
  std::vector<BluezDevice> devices;
};

// read_bluez_objects reads the answer of ObjectManager.GetManagedObjects (a{oa{sa{sv}}}); kMalformed for
// another.
Result<BluezState> read_bluez_objects(sd_bus_message* message);

// Bluez is one connection to bluetoothd over the message bus, with a profile of its own. For one thread at a
// time.
class Bluez {
 public:
  enum class Role { kServer, kClient };
  // kServiceMissing without bus or bluetoothd.
  static Reached<std::unique_ptr<Bluez>> open(const std::string& bus_address);
  Bluez(const Bluez&) = delete;
  Bluez& operator=(const Bluez&) = delete;

  // Offers or uses the wallet's service from now on; again is the same.
  Reached<void> register_profile(Role role);
  Reached<BluezState> state();

  // Begins to connect to the service of a device; one at a time. Outcome: a stream, or `connect_failure`.
  Reached<void> begin_connect(const BluezDevice& device);
  const std::optional<std::string>& connect_failure() const { return connect_failure_; }

  // Handles what has come, then waits for more until `deadline` or until `waker` (a descriptor, -1 for none)
  // is readable.
  Reached<void> process(Deadline deadline, int waker = -1);
  // A connection that was handed over.
  std::optional<Stream> take_stream();
  // Whether bluetoothd has come anew since the last question: its profiles are gone then.
  bool has_restarted();

 private:
  struct Unref {
    void operator()(sd_bus* bus) const noexcept { sd_bus_flush_close_unref(bus); }
    void operator()(sd_bus_slot* slot) const noexcept { sd_bus_slot_unref(slot); }
  };
  using Bus = std::unique_ptr<sd_bus, Unref>;
  using Slot = std::unique_ptr<sd_bus_slot, Unref>;

  explicit Bluez(Bus bus) : bus_(std::move(bus)) {}
  Reached<void> listen();
  int take_call(sd_bus_message* call);
  // Callbacks of sd-bus; exceptions may not pass C code.
  static int on_call(sd_bus_message* call, void* self, sd_bus_error*) noexcept;
  static int on_connected(sd_bus_message* reply, void* self, sd_bus_error*) noexcept;
  static int on_owner(sd_bus_message* signal, void* self, sd_bus_error*) noexcept;

  Bus bus_;
  Slot profile_;  // these are dropped before the bus
  Slot owner_;
  Slot connecting_;
  std::deque<Stream> streams_;
  std::optional<std::string> connect_failure_;
  bool restarted_ = false;
};

}  // namespace countersign::link
