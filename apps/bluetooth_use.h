// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/config.h"
#include "link/bluetooth.h"

namespace countersign::app {

// link.bluetooth of the two ends of a link: "off", "auto" (the default) or "on".
inline Result<link::BluetoothUse> read_bluetooth_use(Config& config) {
  using link::BluetoothUse;
  return config.choice<BluetoothUse>(
      "link.bluetooth", "auto",
      {{"off", BluetoothUse::kNever}, {"auto", BluetoothUse::kWhereThere}, {"on", BluetoothUse::kAlways}});
}

}  // namespace countersign::app
