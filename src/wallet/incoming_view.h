// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "link/control.h"
#include "wallet/dialogue.h"

namespace countersign::wallet {

enum class IncomingState {
  kOpening,  // the gateways are asked what they want
  kAsked,    // the holder is asked
  kWorking,  // what the holder approved is on its way
  kReview,   // the orders are looked at in the browser
  kEnded,
};
std::string_view state_name(IncomingState state);

enum class EndedBy { kOutcome, kHolder, kBrowser, kShop, kLostLink };

// IncomingSection is one merchant's part of a purchase.
struct IncomingSection {
  std::string gateway;                     // https origin
  std::optional<DialogueRequest> request;  // what it asked last
  bool asks = false;                       // whether that waits for the holder now
  std::string trouble;                     // why its last try failed, for now: an error's name; else empty
  std::optional<DialogueEnd> end;
};

// IncomingView is what the holder is shown.
struct IncomingView {
  std::string id;  // of the purchase on its link
  std::string computer;
  IncomingState state = IncomingState::kOpening;
  bool attested = false;
  std::string code;                       // to be compared with the PC's, where no browser attests
  std::vector<IncomingSection> sections;  // 1–8
  std::uint64_t question = 0;             // of kAsked: another number whenever something else is asked
  HolderDataSummary holder;               // what there is to choose from
  DialogueEnd end;                        // of kEnded: of all sections together
  EndedBy by = EndedBy::kOutcome;

  const IncomingSection& first() const { return sections.front(); }
};

// What is asked of the holder at this point, over all sections that ask.
struct IncomingQuestion {
  std::vector<documents::RequestedField> fields;  // each once
  // That every shop takes which is to be paid now; the one chosen with the information first. A payment that
  // is sent once more asks for none.
  std::vector<MeansSummary> means;
  bool asks_payment = false;
  std::vector<Amount> totals;  // of the orders, one for each currency
};
// kAmountMismatch where the orders add up to more than an amount can be.
Result<IncomingQuestion> question_of(const IncomingView& view);

// The group that the orders of several checkouts are approved in; nothing for one. Its id is a digest over
// gateways, checkouts and tokens: the same whenever the same set is begun again, and random to whoever does
// not know all of the tokens.
std::optional<documents::OrderGroup> group_of(const std::vector<link::NamedCheckout>& checkouts);

// The profiles that a holder permits who permits `weakest`, strongest first. They are offered whatever a PC
// says of the shop's: the shop takes the strongest of them. `set` is among them where a way to pay is
// recorded with a card company, or nothing else is permitted: log-in and age check need no way to pay.
std::vector<documents::OrderProfile> permitted_profiles(documents::OrderProfile weakest,
                                                        const HolderDataSummary& holder);
// What the browser shows for a last look (F6 S25).
link::ShownOrder shown_order(const documents::Order& order);
// One end of them all: kPartly where some are confirmed and others not, else what the holder must know first.
DialogueEnd joint_end(const std::vector<IncomingSection>& sections);
// In a terminal's words: what the card company said to a payment.
std::string words_of(const CompanyAnswer& answer);
// In a terminal's words: what is bought, what is not, and what may be bought yet.
std::string words_of(const DialogueEnd& end);
// How it ended, for the PC. All sections have ended.
link::Ended told_end(const IncomingView& view);

}  // namespace countersign::wallet
