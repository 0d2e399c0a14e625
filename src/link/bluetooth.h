// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "link/transport.h"

// Bluetooth RFCOMM through BlueZ's D-Bus API (org.bluez.Profile1): bluetoothd makes the connections and hands
// over their file descriptors. The devices are coupled in the system's settings beforehand.
namespace countersign::link {

inline constexpr std::string_view kBluetooth = "bluetooth";  // name of the transport
// The wallet's service; a random UUID.
inline constexpr const char* kBluetoothService = "5c7be7c6-6e0f-4d32-9a7b-0f6a43c2d18e";

struct BluetoothOptions {
  std::string bus_address;  // of the message bus; empty: the system's
};

// Whether a program uses Bluetooth besides other ways.
enum class BluetoothUse { kNever, kWhereThere, kAlways };

// What stands in the way of Bluetooth on this device, if anything: kServiceMissing, kAdapterMissing,
// kAdapterOff.
Reached<void> check_bluetooth(const BluetoothOptions& options);

// The mediator's side. Tries the device of the last address first, then all coupled ones that offer the
// service.
std::shared_ptr<Transport> bluetooth_transport(BluetoothOptions options);

// The wallet's side: offers the service as long as the acceptor lives, also when bluetoothd starts anew.
// Obstacles as check_bluetooth; a missing or sleeping adapter is none here, since it may come.
Reached<std::unique_ptr<Acceptor>> listen_bluetooth(const BluetoothOptions& options);

}  // namespace countersign::link
