// SPDX-License-Identifier: Apache-2.0
#include "program.h"

#include "memory.h"
#include "storage/file.h"

namespace countersign::app {
namespace {

constexpr std::size_t kMaxRoot = 64 << 10;
constexpr std::string_view kMemoryRemedy =
    "Raise the limit on locked memory (ulimit -l) to 4 MiB or more; messages could be swapped to disk "
    "otherwise.";

bool uses_bluetooth(const MediatorConfig& config) {
  if (config.use_bluetooth != link::BluetoothUse::kWhereThere)
    return config.use_bluetooth == link::BluetoothUse::kAlways;
  return bool{link::check_bluetooth(config.bluetooth)};
}

mediator::Part bluetooth_part(const MediatorConfig& config) {
  if (config.use_bluetooth == link::BluetoothUse::kNever) return {"bluetooth", "switched off", ""};
  const auto there = link::check_bluetooth(config.bluetooth);
  if (there) return {"bluetooth", "in order", ""};
  const link::Obstacle obstacle = there.error().obstacle;
  // Where nobody asked for it, Bluetooth is not missing.
  const bool is_wanted = config.use_bluetooth == link::BluetoothUse::kAlways;
  return {"bluetooth", std::string(link::obstacle_name(obstacle)),
          is_wanted ? std::string(link::remedy(obstacle)) : ""};
}

}  // namespace

Result<std::unique_ptr<Links>> open_links(const MediatorConfig& config) {
  auto links = std::make_unique<Links>();
  TRY(storage::make_private_folder(config.folder));
  TRY(links->database, storage::open_sqlite(config.folder / "pairings.db"));
  TRY(links->store, link::PairingStore::open(*links->database, links->clock.now()));
  link::DialerOptions options;
  options.own_name = config.name;
  options.connection = config.link;
  TRY(auto lan, link::lan_transport(config.lan, links->clock));
  std::vector<std::shared_ptr<link::Transport>> transports{std::move(lan)};
  if (uses_bluetooth(config)) transports.push_back(link::bluetooth_transport(config.bluetooth));
  links->dialer = std::make_unique<link::LinkDialer>(*links->store, std::move(transports), links->clock,
                                                     std::move(options));
  return links;
}

Result<mediator::HttpGatewayOptions> gateway_options(const MediatorConfig& config) {
  mediator::HttpGatewayOptions options;
  options.addresses = config.addresses;
  if (config.network_root.empty()) return options;
  TRY(const auto pem, storage::read_file(config.network_root, kMaxRoot));
  TRY(options.network_root, x509::Certificate::from_pem(as_text(pem)));
  return options;
}

Result<void> check_memory() {
  if (heap().is_locked()) return ok();
  return fail(ErrorCode::kUnavailable, "memory cannot be locked. " + std::string(kMemoryRemedy));
}

mediator::Installation installation_of(const MediatorConfig& config, bool for_system) {
  std::error_code error;
  return {std::filesystem::read_symlink("/proc/self/exe", error), config.file, config.extensions,
          for_system ? mediator::Places::of_system()
                     : mediator::Places::of_user(home_folder(), config_home(), data_home())};
}

mediator::Equipment equipment_of(const MediatorConfig& config) {
  mediator::Equipment equipment;
  equipment.parts = mediator::inspect_installation(installation_of(config, false));
  equipment.parts.push_back(check_memory()
                                ? mediator::Part{"memory", "locked", ""}
                                : mediator::Part{"memory", "not locked", std::string(kMemoryRemedy)});
  equipment.parts.push_back(bluetooth_part(config));
  const auto links = open_links(config);
  const auto pairings =
      links ? links.value()->store->pairings() : Result<std::vector<link::Pairing>>(links.error());
  if (!pairings) {
    equipment.parts.push_back({"pairings", "not readable: " + pairings.error().detail,
                               "Check owner and mode of the mediator's folder."});
    return equipment;
  }
  equipment.pairings = pairings.value().size();
  equipment.parts.push_back(equipment.pairings > 0
                                ? mediator::Part{"pairings", "in order", ""}
                                : mediator::Part{"pairings", "none", "Run `countersign-mediator pair`."});
  return equipment;
}

}  // namespace countersign::app
