// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "mediator/sides.h"

namespace countersign::mediator {

// Conversation decides what each side hears of what the others say, from the search for the wallet to the end
// that the screen shows. It knows no frames, sockets or threads. Thread-safe: one event at a time.
//
// What comes in another order than the protocol's, names another purchase or changes what was shown ends the
// purchase with kConflict, kMalformed or kWrongOrigin; repetitions of what was said are passed over.
class Conversation {
 public:
  struct Sides {
    PurchaseScreen& screen;
    std::function<void(const link::Control&)> tell_wallet;  // not before begin()
    // On every channel that is open to this gateway, or to any; alike.
    std::function<void(const std::optional<std::string>& gateway)> cancel_at_shop;
    std::function<void()> on_over;  // once
  };
  // `id` is a UUID (version 4); `code` six digits unless the notice is attested.
  Conversation(PurchaseNotice notice, std::string id, std::string code, Sides sides);

  void search();
  void fail_search(const link::NotReached& reason);
  // The wallet is reached.
  void begin();
  void take_answer(ReviewAnswer answer);
  // The browser cancelled, or (leave) is no longer there. Once the holder has approved, only the wallet ends
  // the purchase.
  void cancel();
  void leave();
  void take_wallet_message(BytesView json);
  void lose_wallet(const Error& reason);
  // False: the text is not what a gateway says. Where several gateways take part, one that cancels leaves the
  // others as they are.
  bool take_shop_message(const std::string& gateway, BytesView json);
  // A message of the browser that may not come now.
  void refuse(const Error& reason);

  bool is_over() const;

 private:
  // What was shown for the last look: digests, so that orders are not kept.
  struct Reviewed {
    std::multiset<Sha256Digest> orders;
    std::size_t others = 0;
    friend bool operator==(const Reviewed&, const Reviewed&) = default;
  };
  enum class Stage { kSearching, kStarted, kAsked, kApproved, kConfirming, kOver };
  Result<void> hear_wallet(BytesView json);
  Result<void> hear(const link::Progress& progress);
  Result<void> hear(const link::Review& review);
  Result<void> hear(const link::Cancel& cancel);
  Result<void> hear(const link::Ended& ended);
  Result<void> hear(const link::Start& start);
  Result<void> hear(const link::PaymentInformationRequest& request);
  Result<void> check_purchase(const std::string& id) const;
  bool has(const std::string& gateway) const;
  Result<void> check_checkouts(const link::Ended& ended) const;
  PurchaseEnd named_end(link::Outcome outcome, std::optional<ErrorCode> code,
                        std::vector<link::EndedCheckout> checkouts = {}) const;
  link::EndedCheckout end_of_one(const std::string& gateway, link::Outcome open, ErrorCode code) const;
  PurchaseEnd end_without_wallet(link::Outcome otherwise, ErrorCode code) const;
  void give_up(link::CancelledBy by, link::Outcome outcome, ErrorCode code);
  void end(const PurchaseEnd& end);

  const PurchaseNotice notice_;
  const std::string id_;
  const std::string code_;
  const Sides sides_;

  mutable std::mutex mutex_;  // guards what follows, and makes events one after the other
  Stage stage_ = Stage::kSearching;
  std::optional<Reviewed> reviewed_;
  bool answered_ = false;
  std::set<std::string> cancelled_, confirmed_;  // gateways that said so
  std::set<std::string> left_out_;               // gateways of which the wallet said so
};

}  // namespace countersign::mediator
