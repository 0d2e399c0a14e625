// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <future>

#include "wallet/incoming.h"

// What IncomingDesk holds of a purchase. For its own sources.
namespace countersign::wallet {

inline bool is_over(const Dialogue& dialogue) {
  return dialogue.next() == Dialogue::Next::kEnded;
}

// What one section asks, as far as an approval answers to it.
struct AskedPart {
  std::size_t number = 0;  // of the section
  documents::DialoguePurpose purpose = documents::DialoguePurpose::kPurchase;
  std::vector<documents::RequestedField> fields;
  std::vector<documents::PaymentMethod> methods;
  std::vector<x509::Name> companies;
  Bytes order;  // empty while there is none
  std::string declined;
  friend bool operator==(const AskedPart&, const AskedPart&) = default;
};

// One checkout; its section of the view has the same number.
struct IncomingDesk::Part {
  std::unique_ptr<Dialogue> dialogue;  // none before it stands, and after the holder left it out
  bool committed = false;              // its signed order is about to leave, or has left
  bool withdrawn = false;              // its shop has cancelled it
};

struct IncomingDesk::Purchase {
  link::Start start;
  std::shared_ptr<ComputerSide> computer;
  IncomingView view;
  std::vector<Part> parts;
  std::optional<EndedBy> stopped;  // somebody wants it over; whoever works on it sees to that
  bool hung_up = false;            // its connections were ended to interrupt who works on it
  link::PurchaseState furthest = link::PurchaseState::kAsked;  // told to the PC
  std::vector<AskedPart> asked;                                // last
  bool looked_at = false;               // the browser has said "continue"; it is not asked twice
  std::vector<std::future<void>> told;  // shops that were left out; those who tell them end with the ways

  // Whether a signed order is on its way.
  bool has_committed() const {
    for (std::size_t number = 0; number < parts.size(); ++number) {
      if (!view.sections[number].end && parts[number].committed) return true;
    }
    return false;
  }
  // Whether nothing is left that could be cancelled.
  bool is_decided() const {
    for (std::size_t number = 0; number < parts.size(); ++number) {
      if (!view.sections[number].end && !parts[number].committed) return false;
    }
    return true;
  }
  // Parts whose end is not known.
  std::vector<std::size_t> open_parts() const {
    std::vector<std::size_t> numbers;
    for (std::size_t number = 0; number < parts.size(); ++number) {
      if (!view.sections[number].end) numbers.push_back(number);
    }
    return numbers;
  }
};

}  // namespace countersign::wallet
