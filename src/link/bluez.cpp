// SPDX-License-Identifier: Apache-2.0
#include "link/bluez.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "link/bluetooth.h"

namespace countersign::link {
namespace {

constexpr char kBluez[] = "org.bluez";
constexpr char kManagerPath[] = "/org/bluez";
constexpr char kProfileInterface[] = "org.bluez.Profile1";
constexpr char kProfilePath[] = "/org/countersign/link";
constexpr char kOwnerMatch[] =
    "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='org.bluez'";
constexpr char kAlreadyExists[] = "org.bluez.Error.AlreadyExists";

// The text of a negative errno.
std::string system_text(int code) {
  return std::generic_category().message(-code);
}

struct MessageUnref {
  void operator()(sd_bus_message* message) const noexcept { sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, MessageUnref>;

// BusError holds what a call was answered instead of its result.
struct BusError {
  BusError() = default;
  BusError(const BusError&) = delete;
  BusError& operator=(const BusError&) = delete;
  ~BusError() { sd_bus_error_free(&native); }
  bool is(const char* name) const { return sd_bus_error_has_name(&native, name) > 0; }
  std::string text(int code) const {
    if (native.name == nullptr) return system_text(code);
    return std::string(native.name) + ": " + (native.message == nullptr ? "" : native.message);
  }
  sd_bus_error native{};
};

NotReached without_service(const std::string& detail) {
  return not_reached(Obstacle::kServiceMissing, "bluetooth: " + detail);
}

NotReached failure_of(const BusError& error, int code) {
  const bool absent = error.is(SD_BUS_ERROR_SERVICE_UNKNOWN) || error.is(SD_BUS_ERROR_NAME_HAS_NO_OWNER) ||
                      error.is(SD_BUS_ERROR_NO_REPLY) ||
                      error.is("org.freedesktop.DBus.Error.Spawn.ServiceNotFound");
  if (absent || error.native.name == nullptr) return without_service(error.text(code));
  return {Obstacle::kFault, {ErrorCode::kUnavailable, "bluetooth: " + error.text(code)}};
}

// "/org/bluez/hci0/dev_AA_BB_CC_DD_EE_FF" → "AA:BB:CC:DD:EE:FF".
std::string address_of(std::string_view path) {
  constexpr std::string_view kMark = "/dev_";
  const auto at = path.rfind(kMark);
  std::string address(at == std::string_view::npos ? path : path.substr(at + kMark.size()));
  std::replace(address.begin(), address.end(), '_', ':');
  return address;
}

}  // namespace

Reached<std::unique_ptr<Bluez>> Bluez::open(const std::string& bus_address) {
  sd_bus* raw = nullptr;
  int code = bus_address.empty() ? sd_bus_open_system(&raw) : sd_bus_new(&raw);
  Bus bus(raw);
  if (!bus_address.empty()) {
    if (code >= 0) code = sd_bus_set_address(raw, bus_address.c_str());
    if (code >= 0) code = sd_bus_set_bus_client(raw, 1);
    if (code >= 0) code = sd_bus_negotiate_fds(raw, 1);
    if (code >= 0) code = sd_bus_start(raw);
  }
  if (code < 0) return without_service("no message bus: " + system_text(code));
  std::unique_ptr<Bluez> bluez(new Bluez(std::move(bus)));
  auto listening = bluez->listen();
  if (!listening) return std::move(listening).error();
  return bluez;
}

Reached<void> Bluez::listen() {
  sd_bus_slot* slot = nullptr;
  int code = sd_bus_add_object(bus_.get(), &slot, kProfilePath, on_call, this);
  profile_.reset(slot);
  if (code >= 0) {
    slot = nullptr;
    code = sd_bus_add_match(bus_.get(), &slot, kOwnerMatch, on_owner, this);
    owner_.reset(slot);
  }
  if (code < 0) return without_service(system_text(code));
  return BOOST_OUTCOME_V2_NAMESPACE::success();
}

Reached<void> Bluez::register_profile(Role role) {
  BusError error;
  const char* name = role == Role::kServer ? "server" : "client";
  const int code = sd_bus_call_method(bus_.get(), kBluez, kManagerPath, "org.bluez.ProfileManager1",
                                      "RegisterProfile", &error.native, nullptr, "osa{sv}", kProfilePath,
                                      kBluetoothService, 4, "Name", "s", "Countersign wallet", "Role", "s",
                                      name, "RequireAuthentication", "b", 1, "AutoConnect", "b", 0);
  if (code < 0 && !error.is(kAlreadyExists)) return failure_of(error, code);
  restarted_ = false;
  return BOOST_OUTCOME_V2_NAMESPACE::success();
}

Reached<BluezState> Bluez::state() {
  BusError error;
  sd_bus_message* raw = nullptr;
  const int code = sd_bus_call_method(bus_.get(), kBluez, "/", "org.freedesktop.DBus.ObjectManager",
                                      "GetManagedObjects", &error.native, &raw, "");
  const Message reply(raw);
  if (code < 0) return failure_of(error, code);
  auto state = read_bluez_objects(raw);
  if (!state) return NotReached{Obstacle::kFault, state.error()};
  return std::move(state).value();
}

Reached<void> Bluez::begin_connect(const BluezDevice& device) {
  connect_failure_.reset();
  connecting_.reset();
  sd_bus_slot* slot = nullptr;
  const int code =
      sd_bus_call_method_async(bus_.get(), &slot, kBluez, device.path.c_str(), "org.bluez.Device1",
                               "ConnectProfile", on_connected, this, "s", kBluetoothService);
  connecting_.reset(slot);
  if (code < 0) return without_service(system_text(code));
  return BOOST_OUTCOME_V2_NAMESPACE::success();
}

Reached<void> Bluez::process(Deadline deadline, int waker) {
  for (;;) {
    const int code = sd_bus_process(bus_.get(), nullptr);
    if (code < 0) return without_service("the message bus ended: " + system_text(code));
    if (code == 0) break;
  }
  if (!streams_.empty() || connect_failure_ || restarted_) return BOOST_OUTCOME_V2_NAMESPACE::success();
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  const int events = sd_bus_get_events(bus_.get());
  std::array<pollfd, 2> waits{
      {{sd_bus_get_fd(bus_.get()), static_cast<short>(std::max(events, 0)), 0}, {waker, POLLIN, 0}}};
  ::poll(waits.data(), waits.size(), static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000)));
  return BOOST_OUTCOME_V2_NAMESPACE::success();
}

std::optional<Stream> Bluez::take_stream() {
  if (streams_.empty()) return std::nullopt;
  Stream stream = std::move(streams_.front());
  streams_.pop_front();
  return stream;
}

bool Bluez::has_restarted() {
  return std::exchange(restarted_, false);
}

int Bluez::take_call(sd_bus_message* call) {
  if (sd_bus_message_is_method_call(call, kProfileInterface, "NewConnection") > 0) {
    const char* path = nullptr;
    int given = -1;  // the message's own
    const int code = sd_bus_message_read(call, "oh", &path, &given);
    if (code < 0) return code;
    Socket socket(::fcntl(given, F_DUPFD_CLOEXEC, 3));
    if (!socket) return -errno;
    streams_.push_back({std::move(socket), address_of(path)});
    return sd_bus_reply_method_return(call, "");
  }
  const bool other = sd_bus_message_is_method_call(call, kProfileInterface, "Release") > 0 ||
                     sd_bus_message_is_method_call(call, kProfileInterface, "RequestDisconnection") > 0;
  return other ? sd_bus_reply_method_return(call, "") : 0;  // TLS notices the end of a stream by itself
}

int Bluez::on_call(sd_bus_message* call, void* self, sd_bus_error*) noexcept {
  try {
    return static_cast<Bluez*>(self)->take_call(call);
  } catch (...) {
    return -ENOMEM;
  }
}

int Bluez::on_connected(sd_bus_message* reply, void* self, sd_bus_error*) noexcept {
  try {
    const sd_bus_error* error = sd_bus_message_get_error(reply);
    if (error != nullptr)
      static_cast<Bluez*>(self)->connect_failure_ =
          std::string(error->name) + ": " + (error->message == nullptr ? "" : error->message);
    return 0;
  } catch (...) {
    return -ENOMEM;
  }
}

int Bluez::on_owner(sd_bus_message* signal, void* self, sd_bus_error*) noexcept {
  const char* name = nullptr;
  const char* before = nullptr;
  const char* now = nullptr;
  if (sd_bus_message_read(signal, "sss", &name, &before, &now) >= 0 && now[0] != '\0')
    static_cast<Bluez*>(self)->restarted_ = true;
  return 0;
}

}  // namespace countersign::link
