// SPDX-License-Identifier: Apache-2.0
#include <strings.h>

#include <system_error>

#include "link/bluetooth.h"
#include "link/bluez.h"

namespace countersign::link {
namespace {

// MessageReader takes a D-Bus message apart. After the first failure it reads nothing more; ask `failure` at
// the end.
class MessageReader {
 public:
  explicit MessageReader(sd_bus_message* message) : message_(message) {}

  // Enters the container that comes next; false at the end of the one around it.
  bool enter(char type, const char* content) {
    return failure_ == 0 && noted(sd_bus_message_enter_container(message_, type, content)) > 0;
  }
  void leave() {
    if (failure_ == 0) noted(sd_bus_message_exit_container(message_));
  }
  void skip(const char* types) {
    if (failure_ == 0) noted(sd_bus_message_skip(message_, types));
  }
  // A string or object path; false at the end of the container.
  bool text(char type, std::string& out) {
    const char* value = nullptr;
    if (failure_ != 0 || noted(sd_bus_message_read_basic(message_, type, static_cast<void*>(&value))) <= 0)
      return false;
    out = value;
    return true;
  }
  bool flag() {
    int value = 0;
    if (failure_ == 0) noted(sd_bus_message_read_basic(message_, SD_BUS_TYPE_BOOLEAN, &value));
    return value != 0;
  }
  // Calls `take` with the key of each entry of the dictionary that comes next; `take` reads or skips the
  // value.
  template <typename Take>
  void each_entry(const char* array, const char* entry, char key_type, Take take) {
    if (!enter(SD_BUS_TYPE_ARRAY, array)) return;
    std::string key;
    while (enter(SD_BUS_TYPE_DICT_ENTRY, entry)) {
      if (text(key_type, key)) take(key);
      leave();
    }
    leave();
  }
  int failure() const { return failure_; }

 private:
  int noted(int code) {
    if (code < 0) failure_ = code;
    return code;
  }
  sd_bus_message* message_;
  int failure_ = 0;  // a negative errno
};

// Calls `take` within the variant of each property for which `type_of` names a type; skips those for which it
// has none.
template <typename Type, typename Take>
void each_property(MessageReader& reader, Type type_of, Take take) {
  reader.each_entry("{sv}", "sv", SD_BUS_TYPE_STRING, [&](const std::string& property) {
    const char* type = type_of(property);
    if (type == nullptr) return reader.skip("v");
    if (!reader.enter(SD_BUS_TYPE_VARIANT, type)) return;
    take(property);
    reader.leave();
  });
}

// Whether the wallet's service is among a device's.
bool read_services(MessageReader& reader) {
  bool found = false;
  std::string uuid;
  if (!reader.enter(SD_BUS_TYPE_ARRAY, "s")) return false;
  while (reader.text(SD_BUS_TYPE_STRING, uuid))
    found = found || ::strcasecmp(uuid.c_str(), kBluetoothService) == 0;
  reader.leave();
  return found;
}

void read_device(MessageReader& reader, BluezDevice& device) {
  const auto type_of = [](const std::string& property) -> const char* {
    if (property == "Address") return "s";
    if (property == "Paired") return "b";
    return property == "UUIDs" ? "as" : nullptr;
  };
  each_property(reader, type_of, [&](const std::string& property) {
    if (property == "Address") reader.text(SD_BUS_TYPE_STRING, device.address);
    if (property == "Paired") device.is_coupled = reader.flag();
    if (property == "UUIDs") device.has_service = read_services(reader);
  });
}

bool read_power(MessageReader& reader) {
  bool powered = false;
  const auto type_of = [](const std::string& property) { return property == "Powered" ? "b" : nullptr; };
  each_property(reader, type_of, [&](const std::string&) { powered = reader.flag(); });
  return powered;
}

}  // namespace

Result<BluezState> read_bluez_objects(sd_bus_message* message) {
  MessageReader reader(message);
  BluezState state;
  reader.each_entry("{oa{sa{sv}}}", "oa{sa{sv}}", SD_BUS_TYPE_OBJECT_PATH, [&](const std::string& path) {
    reader.each_entry("{sa{sv}}", "sa{sv}", SD_BUS_TYPE_STRING, [&](const std::string& interface) {
      if (interface == "org.bluez.Adapter1") {
        ++state.adapters;
        state.powered += read_power(reader) ? 1 : 0;
      } else if (interface == "org.bluez.Device1") {
        BluezDevice device{path, {}, false, false};
        read_device(reader, device);
        state.devices.push_back(std::move(device));
      } else {
        reader.skip("a{sv}");
      }
    });
  });
  if (reader.failure() < 0)
    return fail(ErrorCode::kMalformed,
                "bluetooth: bluetoothd's objects: " + std::generic_category().message(-reader.failure()));
  return state;
}

}  // namespace countersign::link
