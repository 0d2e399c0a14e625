// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/log.h"
#include "http/address_policy.h"
#include "link/bluetooth.h"
#include "link/connection.h"
#include "link/lan.h"
#include "mediator/caller.h"

namespace countersign::app {

// MediatorConfig is etc/mediator.toml, which explains each setting.
struct MediatorConfig {
  std::filesystem::path file;          // it was read from; empty: nowhere, all is by default
  std::filesystem::path folder;        // of the pairing store
  std::string name;                    // of this PC
  std::filesystem::path network_root;  // PEM; empty: gateways are judged by the system's roots
  http::AddressPolicy addresses = http::AddressPolicy::kAny;
  mediator::AllowedExtensions extensions;
  link::LanSearchOptions lan;
  link::BluetoothUse use_bluetooth = link::BluetoothUse::kWhereThere;
  link::BluetoothOptions bluetooth;
  link::ConnectionOptions link;
  LogLevel log_level = LogLevel::kWarning;
};

// The user's folders of the XDG Base Directory Specification.
std::filesystem::path home_folder();
std::filesystem::path config_home();
std::filesystem::path data_home();

// Reads the named file; without a name the user's, else the system's, else takes everything by default.
Result<MediatorConfig> load_config(const std::string& named);

}  // namespace countersign::app
