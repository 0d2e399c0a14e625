// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "link/control.h"
#include "wallet/dialogue.h"

namespace countersign::wallet {

// ComputerSide is the PC that a purchase came from, as the purchase needs it. Its functions do not wait for
// the PC and are called from several threads.
class ComputerSide {
 public:
  virtual ~ComputerSide() = default;
  virtual const std::string& name() const = 0;
  // Carries connections to the purchase's gateway.
  virtual Carrier carrier(const std::string& gateway) = 0;
  // Ends what it carries, for good.
  virtual void hang_up() = 0;
  // Why the PC ended the last connection that it carried, where it said so: its word, and no more than that.
  virtual std::optional<ErrorCode> closed_because() { return std::nullopt; }
  virtual void tell(const link::Control& message) = 0;
};

enum class IncomingState {
  kOpening,  // the gateway is asked what it wants
  kAsked,    // the holder is asked
  kWorking,  // what the holder approved is on its way
  kReview,   // the order is looked at in the browser
  kEnded,
};
std::string_view state_name(IncomingState state);

enum class EndedBy { kOutcome, kHolder, kBrowser, kShop, kLostLink };

// IncomingView is what the holder is shown.
struct IncomingView {
  std::string id;  // of the purchase on its link
  std::string computer;
  IncomingState state = IncomingState::kOpening;
  bool attested = false;
  std::string code;  // to be compared with the PC's, where no browser attests
  std::optional<DialogueRequest> request;
  HolderDataSummary holder;  // what there is to choose from
  DialogueEnd end;           // of kEnded
  EndedBy by = EndedBy::kOutcome;
};

struct IncomingOptions {
  documents::OrderProfile weakest = documents::OrderProfile::kSession;  // plain is for those who opt in
  PaymentDesk::Wait wait;
};

// IncomingDesk holds the one purchase that can be under way from a PC: started over the link, shown and
// approved on the wallet's screen, cancelled from either side until the signed order leaves. After that its
// outcome is found out whatever happens to the link. Thread-safe.
class IncomingDesk {
 public:
  IncomingDesk(Parties parties, IncomingOptions options);
  ~IncomingDesk();
  IncomingDesk(const IncomingDesk&) = delete;
  IncomingDesk& operator=(const IncomingDesk&) = delete;

  // From the link. `start` says whether the purchase was taken: a second one while one is under way is told
  // that it has ended (kConflict), as is one whose profiles are all too weak (kForbidden). What follows
  // counts from the side alone that started it.
  bool start(const link::Start& start, std::shared_ptr<ComputerSide> computer);
  // The browser's "continue" (F6 S26).
  void go_on(const std::string& purchase, const ComputerSide& computer);
  void cancel(const std::string& purchase, const ComputerSide& computer, link::CancelledBy by);
  void lost(const ComputerSide& computer);

  // For the screen. `wait` returns when the version is another than `seen`, or after `at_most`.
  std::uint64_t wait(std::uint64_t seen, std::chrono::milliseconds at_most);
  void stop_waiting();  // for good
  std::optional<IncomingView> view();
  // Approves what is asked at this point. `code` must be the one shown where no browser attests (kForbidden).
  // kConflict when nothing is asked; else what Dialogue says. Logs the card in, and out when it is done.
  Result<void> approve(const std::string& purchase, const Release& release, std::string_view code,
                       const crypto::SecretBytes& pin);
  // The holder's no. kConflict once the signed order has left.
  Result<void> refuse(const std::string& purchase);
  // Forgets one that has ended.
  Result<void> dismiss(const std::string& purchase);

 private:
  struct Purchase;
  using Shared = std::shared_ptr<Purchase>;
  void open(const Shared& purchase);
  Result<void> commit(const Shared& purchase);
  Result<Shared> claim(const std::string& id);
  Result<void> run(const Shared& purchase, const Release& release, const crypto::SecretBytes& pin);
  // With mutex_ held:
  bool is_of(const ComputerSide& computer) const;
  void change(Purchase& purchase, IncomingState state);
  void show(Purchase& purchase);
  void tell_progress(Purchase& purchase, link::PurchaseState state);
  void finish(Purchase& purchase, DialogueEnd end, EndedBy by);
  void stop(Purchase& purchase, EndedBy by);
  void put_an_end(Purchase& purchase, EndedBy by);

  const Parties parties_;
  const IncomingOptions options_;
  std::mutex mutex_;  // guards what follows; a purchase's dialogue belongs to who set kOpening or kWorking
  std::condition_variable changed_;
  std::uint64_t version_ = 1;
  bool waits_ = true;
  Shared current_;
  std::thread opening_;
};

}  // namespace countersign::wallet
