// SPDX-License-Identifier: Apache-2.0
#include "link/bluez.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>

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

const std::string& service() {
  static const std::string text(kBluetoothService);
  return text;
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
    if (native.name == nullptr) return std::strerror(-code);
    return std::string(native.name) + ": " + (native.message == nullptr ? "" : native.message);
  }
  sd_bus_error native = SD_BUS_ERROR_NULL;
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

// Calls `take` for each entry of the dictionary that comes next in the message, with its key read; `take`
// reads the value or leaves it to be skipped by returning 0, and a negative errno is passed on.
template <typename Take>
int for_each_entry(sd_bus_message* message, const char* entry, char key_type, Take take) {
  int code = sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, entry);
  if (code < 0) return code;
  const std::string content(entry + 1, std::strlen(entry) - 2);  // without the braces
  const std::string value = content.substr(1);
  while ((code = sd_bus_message_enter_container(message, SD_BUS_TYPE_DICT_ENTRY, content.c_str())) > 0) {
    const char* key = nullptr;
    if ((code = sd_bus_message_read_basic(message, key_type, &key)) < 0) return code;
    if ((code = take(std::string_view(key))) < 0) return code;
    if (code == 0 && (code = sd_bus_message_skip(message, value.c_str())) < 0) return code;
    if ((code = sd_bus_message_exit_container(message)) < 0) return code;
  }
  return code < 0 ? code : sd_bus_message_exit_container(message);
}

int read_flag(sd_bus_message* message, bool& flag) {
  int value = 0;
  const int code = sd_bus_message_read(message, "v", "b", &value);
  flag = value != 0;
  return code < 0 ? code : 1;
}

int read_text(sd_bus_message* message, std::string& text) {
  const char* value = nullptr;
  const int code = sd_bus_message_read(message, "v", "s", &value);
  if (code >= 0) text = value;
  return code < 0 ? code : 1;
}

// Whether the wallet's service is among a device's UUIDs.
int read_services(sd_bus_message* message, bool& has_service) {
  int code = sd_bus_message_enter_container(message, SD_BUS_TYPE_VARIANT, "as");
  if (code < 0) return code;
  if ((code = sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "s")) < 0) return code;
  const char* uuid = nullptr;
  while ((code = sd_bus_message_read_basic(message, SD_BUS_TYPE_STRING, &uuid)) > 0)
    has_service = has_service || ::strcasecmp(uuid, service().c_str()) == 0;
  if (code < 0 || (code = sd_bus_message_exit_container(message)) < 0) return code;
  code = sd_bus_message_exit_container(message);
  return code < 0 ? code : 1;
}

int read_device(sd_bus_message* message, BluezDevice& device) {
  return for_each_entry(message, "{sv}", SD_BUS_TYPE_STRING, [&](std::string_view property) {
    if (property == "Address") return read_text(message, device.address);
    if (property == "Paired") return read_flag(message, device.is_coupled);
    if (property == "UUIDs") return read_services(message, device.has_service);
    return 0;
  });
}

int read_adapter(sd_bus_message* message, BluezState& state) {
  bool powered = false;
  const int code = for_each_entry(message, "{sv}", SD_BUS_TYPE_STRING, [&](std::string_view property) {
    return property == "Powered" ? read_flag(message, powered) : 0;
  });
  ++state.adapters;
  state.powered += powered ? 1 : 0;
  return code;
}

// The answer of ObjectManager.GetManagedObjects: a{oa{sa{sv}}}.
int read_objects(sd_bus_message* message, BluezState& state) {
  return for_each_entry(message, "{oa{sa{sv}}}", SD_BUS_TYPE_OBJECT_PATH, [&](std::string_view path) {
    const std::string object(path);
    const int code = for_each_entry(message, "{sa{sv}}", SD_BUS_TYPE_STRING, [&](std::string_view interface) {
      int read = 0;
      if (interface == "org.bluez.Adapter1") {
        read = read_adapter(message, state);
      } else if (interface == "org.bluez.Device1") {
        BluezDevice device{object, {}, false, false};
        read = read_device(message, device);
        if (read >= 0) state.devices.push_back(std::move(device));
      } else {
        return 0;
      }
      return read < 0 ? read : 1;
    });
    return code < 0 ? code : 1;
  });
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
  int code = 0;
  if (bus_address.empty()) {
    code = sd_bus_open_system(&raw);
  } else if ((code = sd_bus_new(&raw)) >= 0) {
    if ((code = sd_bus_set_address(raw, bus_address.c_str())) >= 0) code = sd_bus_set_bus_client(raw, 1);
    if (code >= 0) code = sd_bus_negotiate_fds(raw, 1);
    if (code >= 0) code = sd_bus_start(raw);
  }
  Bus bus(raw);
  if (code < 0) return without_service(std::string("no message bus: ") + std::strerror(-code));
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
  if (code < 0) return without_service(std::strerror(-code));
  return BOOST_OUTCOME_V2_NAMESPACE::success();
}

Reached<void> Bluez::register_profile(Role role) {
  BusError error;
  const char* name = role == Role::kServer ? "server" : "client";
  const int code = sd_bus_call_method(bus_.get(), kBluez, kManagerPath, "org.bluez.ProfileManager1",
                                      "RegisterProfile", &error.native, nullptr, "osa{sv}", kProfilePath,
                                      service().c_str(), 4, "Name", "s", "Countersign wallet", "Role", "s",
                                      name, "RequireAuthentication", "b", 1, "AutoConnect", "b", 0);
  if (code < 0 && !error.is(kAlreadyExists)) return failure_of(error, code);
  restarted_ = false;
  return BOOST_OUTCOME_V2_NAMESPACE::success();
}

Reached<BluezState> Bluez::state() {
  BusError error;
  sd_bus_message* raw = nullptr;
  int code = sd_bus_call_method(bus_.get(), kBluez, "/", "org.freedesktop.DBus.ObjectManager",
                                "GetManagedObjects", &error.native, &raw, "");
  const Message reply(raw);
  if (code < 0) return failure_of(error, code);
  BluezState state;
  if ((code = read_objects(raw, state)) < 0)
    return NotReached{
        Obstacle::kFault,
        {ErrorCode::kMalformed, std::string("bluetooth: bluetoothd's objects: ") + std::strerror(-code)}};
  return state;
}

Reached<void> Bluez::begin_connect(const BluezDevice& device) {
  connect_failure_.reset();
  connecting_.reset();
  sd_bus_slot* slot = nullptr;
  const int code =
      sd_bus_call_method_async(bus_.get(), &slot, kBluez, device.path.c_str(), "org.bluez.Device1",
                               "ConnectProfile", on_connected, this, "s", service().c_str());
  connecting_.reset(slot);
  if (code < 0) return without_service(std::strerror(-code));
  return BOOST_OUTCOME_V2_NAMESPACE::success();
}

Reached<void> Bluez::process(Deadline deadline, int waker) {
  for (;;) {
    const int code = sd_bus_process(bus_.get(), nullptr);
    if (code < 0) return without_service(std::string("the message bus ended: ") + std::strerror(-code));
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
