// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign::link {

// Obstacle names what is in the way between PC and terminal, each with another remedy.
enum class Obstacle {
  kNotPaired,         // this PC has no (such) pairing
  kNoAnswer,          // nobody answered: asleep, wallet not running, other network, firewall
  kRefused,           // the terminal's address answers, but nothing listens there
  kNetworkMissing,    // this PC has no network
  kForgotten,         // the terminal no longer knows this PC: the pairing was removed there
  kAnotherTerminal,   // who answered has not the key of the paired terminal
  kSeveralTerminals,  // more than one terminal read the same pairing code
  kOfferOver,         // the pairing code is spent or expired
  kVersion,           // the terminal speaks no version that this PC speaks
  kAdapterMissing,    // no Bluetooth adapter
  kAdapterOff,        // the Bluetooth adapter is switched off
  kServiceMissing,    // bluetoothd is not running, or the message bus is not there
  kNotBonded,         // no terminal known to Bluetooth offers the wallet's service
  kCancelled,         // the person gave up waiting
  kFault,             // anything else; see the error
};

// obstacle_name is stable, e.g. "no_answer"; remedy says in one or two sentences what the holder can do.
std::string_view obstacle_name(Obstacle obstacle);
std::string_view remedy(Obstacle obstacle);

// NotReached is why no connection came about. `error` is for codes and logs: its code is kUnavailable,
// kForbidden, kNotFound, kConflict, kGone, kUnsupported, kCancelled or that of a fault.
struct NotReached {
  Obstacle obstacle = Obstacle::kFault;
  Error error;
};

// not_reached makes the failure with the obstacle's own code.
NotReached not_reached(Obstacle obstacle, std::string detail);

// keep_most_telling keeps of two failures the one that says more about what to do.
void keep_most_telling(std::optional<NotReached>& kept, NotReached other);

template <typename T>
using Reached =
    BOOST_OUTCOME_V2_NAMESPACE::basic_result<T, NotReached, BOOST_OUTCOME_V2_NAMESPACE::policy::terminate>;

}  // namespace countersign::link
