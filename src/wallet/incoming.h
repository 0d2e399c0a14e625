// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "wallet/incoming_view.h"

namespace countersign::wallet {

// ComputerSide is the PC that a purchase came from, as the purchase needs it. Its functions do not wait for
// the PC and are called from several threads.
class ComputerSide {
 public:
  virtual ~ComputerSide() = default;
  virtual const std::string& name() const = 0;
  // Carries connections to a gateway of the purchase.
  virtual Carrier carrier(const std::string& gateway) = 0;
  // Ends what it carries, for good; or what it carries to that gateway.
  virtual void hang_up() = 0;
  virtual void hang_up(const std::string& gateway) = 0;
  // Why the PC ended the last connection that it carried to that gateway, where it said so: its word, and no
  // more than that.
  virtual std::optional<ErrorCode> closed_because(const std::string&) { return std::nullopt; }
  virtual void tell(const link::Control& message) = 0;
};

// What the holder approved.
struct IncomingApproval {
  std::uint64_t question = 0;  // of the view that was shown
  Release release;
  std::string code;  // as compared, where no browser attests
};

struct IncomingOptions {
  // Weaker ones are for those who opt in: plain, or even direct, which pays nothing here.
  documents::OrderProfile weakest = documents::OrderProfile::kSession;
  PaymentDesk::Wait wait;
  // So long the holder's no waits for what the shops say to it.
  std::chrono::milliseconds longest_telling{3000};
};

// IncomingDesk holds the one purchase that can be under way from a PC: started over the link, shown and
// approved on the wallet's screen, cancelled from either side until the signed order leaves. After that its
// outcome is found out whatever happens to the link. A purchase at several merchants goes in step: what they
// ask is asked at once, their orders are approved at once, and each is signed, sent and decided by itself;
// what fails at one leaves the others as they are. Thread-safe.
class IncomingDesk {
 public:
  IncomingDesk(Parties parties, IncomingOptions options);
  ~IncomingDesk();
  IncomingDesk(const IncomingDesk&) = delete;
  IncomingDesk& operator=(const IncomingDesk&) = delete;

  // From the link. `start` says whether the purchase was taken: a second one while one is under way is told
  // that it has ended (kConflict). What follows counts from the side alone that started it. Each gateway is
  // offered all profiles that the holder permits, whatever the PC says of profiles.
  bool start(const link::Start& start, std::shared_ptr<ComputerSide> computer);
  // The browser's "continue" (F6 S26).
  void go_on(const std::string& purchase, const ComputerSide& computer);
  void cancel(const link::Cancel& cancel, const ComputerSide& computer);
  void lost(const ComputerSide& computer);

  // For the screen. `wait` returns when the version is another than `seen`, or after `at_most`.
  std::uint64_t wait(std::uint64_t seen, std::chrono::milliseconds at_most);
  void stop_waiting();  // for good
  std::optional<IncomingView> view();
  // Approves what is asked at this point; each merchant is told those of the fields that it asked for. The
  // code must be the one shown where no browser attests, and nothing be released that is not asked for
  // (kForbidden). kConflict when nothing is asked, or something else than was shown: a shop can leave at any
  // moment, and the PIN for the one question must not answer the next. Else what Dialogue says, where nobody
  // took the approval. Logs the card in, and out when it is done.
  Result<void> approve(const std::string& purchase, const IncomingApproval& approval,
                       const crypto::SecretBytes& pin);
  // The holder's no, to all that has not been signed; the shops are told all at once, and one that says
  // nothing is not waited for. kConflict once every signed order has left.
  Result<void> refuse(const std::string& purchase);
  // The holder goes on without one of several; of the last one that is open it is a refusal. Its checkout is
  // cancelled at its shop, and the others are asked about anew; the group stays that of the set that the PC
  // named. kNotFound for another gateway, kConflict for one that has ended or while an approval is worked on:
  // what failed in it is asked about again.
  Result<void> leave_out(const std::string& purchase, const std::string& gateway);
  // Forgets one that has ended.
  Result<void> dismiss(const std::string& purchase);

 private:
  struct Part;
  struct Purchase;
  using Shared = std::shared_ptr<Purchase>;
  void open(const Shared& purchase);
  std::vector<documents::OrderProfile> profiles_for(const link::NamedCheckout& named,
                                                    const HolderDataSummary& holder);
  Result<std::unique_ptr<Dialogue>> open_part(Purchase& purchase, std::size_t number,
                                              const std::vector<documents::OrderProfile>& profiles);
  Result<void> commit(const Shared& purchase, std::size_t number);
  Result<Shared> claim(const std::string& id, const IncomingApproval& approval);
  Result<void> run(const Shared& purchase, const Release& release, const crypto::SecretBytes& pin);
  Result<void> run_part(const Shared& purchase, std::size_t number, const Release& release);
  bool withdraw_at_shops(const Shared& purchase);
  void cancel_at_shops(Purchase& purchase, const std::vector<std::size_t>& numbers);
  Result<void> take_opened(Purchase& purchase, std::size_t number, std::unique_ptr<Dialogue> dialogue);
  // With mutex_ held:
  bool is_of(const ComputerSide& computer) const;
  void change(Purchase& purchase, IncomingState state);
  void put_end(Purchase& purchase, std::size_t number, DialogueEnd end);
  void take_ends(Purchase& purchase, bool with_failures);
  void show(Purchase& purchase);
  void ask(Purchase& purchase, const std::vector<std::size_t>& numbers);
  void review(Purchase& purchase, const std::vector<std::size_t>& numbers);
  void fail_all(Purchase& purchase, const Error& error);
  void tell_progress(Purchase& purchase, link::PurchaseState state);
  void finish(Purchase& purchase, EndedBy by);
  void stop(Purchase& purchase, EndedBy by);
  void withdraw(Purchase& purchase, const std::string& gateway);
  void take_out(Purchase& purchase, std::size_t number);
  void end_withdrawn(Purchase& purchase);
  void put_an_end(Purchase& purchase, EndedBy by);

  const Parties parties_;
  const IncomingOptions options_;
  std::mutex mutex_;  // guards what follows; of a purchase in kWorking its dialogues belong to who set that
  std::condition_variable changed_;
  std::uint64_t version_ = 1;
  bool waits_ = true;
  Shared current_;
  std::thread opening_;
};

}  // namespace countersign::wallet
