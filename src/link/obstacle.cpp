// SPDX-License-Identifier: Apache-2.0
#include "link/obstacle.h"

#include <algorithm>
#include <array>

namespace countersign::link {
namespace {

struct Description {
  Obstacle obstacle;
  ErrorCode code;
  std::string_view name;
  std::string_view remedy;
};

constexpr std::array<Description, 15> kDescriptions{{
    {Obstacle::kNotPaired, ErrorCode::kNotFound, "not_paired",
     "This computer is not paired with a terminal. Show a pairing code here and read it with the wallet."},
    {Obstacle::kNoAnswer, ErrorCode::kUnavailable, "no_answer",
     "The terminal did not answer. Wake it and open the wallet; connect both devices to the same network; "
     "let the "
     "firewalls of both pass UDP port 47683 and the wallet's TCP port, or enter the terminal's address in "
     "the "
     "mediator's configuration; compare the clocks."},
    {Obstacle::kRefused, ErrorCode::kUnavailable, "refused",
     "The terminal is there, but its wallet is not listening. Open the wallet; if it is open, a firewall on "
     "the "
     "terminal turns the connection away."},
    {Obstacle::kNetworkMissing, ErrorCode::kUnavailable, "network_missing",
     "This computer has no network on which a terminal could be. Connect it to the terminal's network."},
    {Obstacle::kForgotten, ErrorCode::kForbidden, "forgotten",
     "The terminal does not know this computer: the pairing was removed there. Remove it here too and pair "
     "again."},
    {Obstacle::kAnotherTerminal, ErrorCode::kForbidden, "another_terminal",
     "A terminal answered that is not the paired one: it read the same pairing code, or took the terminal's "
     "address. "
     "If the terminal is yours and was set up anew, pair again; else use another network."},
    {Obstacle::kSeveralTerminals, ErrorCode::kConflict, "several_terminals",
     "More than one terminal read this pairing code, so it was withdrawn. Show a new code where nobody else "
     "sees it."},
    {Obstacle::kOfferOver, ErrorCode::kGone, "offer_over",
     "This pairing code is used up or its time is over. Show a new one."},
    {Obstacle::kVersion, ErrorCode::kUnsupported, "version",
     "Computer and terminal speak different versions. Update the older program."},
    {Obstacle::kAdapterMissing, ErrorCode::kUnavailable, "adapter_missing",
     "This computer has no Bluetooth adapter. Plug one in, or connect both devices to the same network."},
    {Obstacle::kAdapterOff, ErrorCode::kUnavailable, "adapter_off",
     "Bluetooth is switched off. Switch it on, or connect both devices to the same network."},
    {Obstacle::kServiceMissing, ErrorCode::kUnavailable, "service_missing",
     "The Bluetooth service (bluetoothd) is not running. Install or start it, or connect both devices to the "
     "same "
     "network."},
    {Obstacle::kNotBonded, ErrorCode::kUnavailable, "not_bonded",
     "No terminal with a wallet is known to Bluetooth. Couple the devices in the system's Bluetooth settings "
     "once, "
     "with the wallet open."},
    {Obstacle::kCancelled, ErrorCode::kCancelled, "cancelled", "Start again when the terminal is at hand."},
    {Obstacle::kFault, ErrorCode::kInternal, "fault", "Look into the mediator's log."},
}};

// Of several failures the first of these is told.
constexpr std::array kTelling{
    Obstacle::kForgotten, Obstacle::kSeveralTerminals, Obstacle::kOfferOver,  Obstacle::kVersion,
    Obstacle::kCancelled, Obstacle::kAnotherTerminal,  Obstacle::kRefused,    Obstacle::kNoAnswer,
    Obstacle::kNotBonded, Obstacle::kNetworkMissing,   Obstacle::kAdapterOff, Obstacle::kServiceMissing,
    Obstacle::kFault,     Obstacle::kAdapterMissing,   Obstacle::kNotPaired};

const Description& description_of(Obstacle obstacle) {
  for (const auto& description : kDescriptions)
    if (description.obstacle == obstacle) return description;
  return kDescriptions.back();
}

}  // namespace

std::string_view obstacle_name(Obstacle obstacle) {
  return description_of(obstacle).name;
}

std::string_view remedy(Obstacle obstacle) {
  return description_of(obstacle).remedy;
}

NotReached not_reached(Obstacle obstacle, std::string detail) {
  return {obstacle, {description_of(obstacle).code, std::move(detail)}};
}

void keep_most_telling(std::optional<NotReached>& kept, NotReached other) {
  const auto rank = [](Obstacle obstacle) {
    return std::ranges::find(kTelling, obstacle) - kTelling.begin();
  };
  if (!kept || rank(other.obstacle) < rank(kept->obstacle)) kept = std::move(other);
}

}  // namespace countersign::link
