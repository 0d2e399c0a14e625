// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "documents/dialogue_session.h"
#include "wallet/holder_data.h"
#include "wallet/payment.h"
#include "wallet/set_offer.h"

namespace countersign::wallet {

// What a wallet is told when a purchase begins in a browser. It is a claim until the dialogue has checked it.
struct DialogueStart {
  std::string gateway, checkout, token;
  std::string origin;                               // of the page; empty where nobody names it
  std::vector<documents::OrderProfile> profiles;    // all that the holder permits, strongest first
  std::optional<documents::OrderGroup> group = {};  // where the holder approves it with others
  bool attested = false;                            // whether a browser vouches that its page has `origin`
};

// DialogueRequest is what the gateway asks of the holder at this point; everything in it has been checked.
struct DialogueRequest {
  x509::Certificate merchant;
  std::string origin;
  documents::OrderProfile profile = documents::OrderProfile::kPlain;
  documents::DialoguePurpose purpose = documents::DialoguePurpose::kPurchase;
  bool asks_information = true;                   // proof of possession, with `fields`
  std::vector<documents::RequestedField> fields;  // may be empty
  std::vector<documents::PaymentMethod> methods;  // empty: no payment at this point
  std::optional<documents::Order> order;          // to be signed with the payment
  std::string declined;                           // why the payment before was declined, else empty
  // In profile set: whom the way to pay must be recorded with, one of these; empty: no payment at this point.
  std::vector<x509::Name> companies = {};
  std::string means = {};  // chosen with the information; empty: none
  // Was signed before and may count: it is sent once more, and no way to pay is asked for.
  std::optional<SplitPaymentRecord> standing = {};
  std::optional<CompanyAnswer> answer = {};  // to the payment that was declined
  std::string elsewhere = {};  // the merchant's data centre in words, where it is not the holder's (trust.h)
};

// What the holder agreed to.
struct Release {
  std::vector<documents::RequestedField> fields;  // some of those requested
  std::string means;                              // id of a way to pay, where payment is asked
};

enum class DialogueResult {
  kConfirmed,   // the authority confirmed, and the wallet verified it
  kIdentified,  // log-in or age check
  kRefused,     // by the authority, in a document that the wallet verified
  kDeclined,    // by whom the shop asked about the payment
  kUnknown,     // signed and sent; nobody has answered so that it could be believed
  kCancelled,
  kFailed,   // nothing that was signed has left, or what left was declined
  kPartly,   // of several purchases that were approved together some are confirmed; no dialogue ends so
  kLeftOut,  // one of several that the holder went on without; no dialogue ends so
};
struct DialogueEnd {
  DialogueResult result = DialogueResult::kFailed;
  std::string purchase;  // id of the order, where there is one
  // Why: an error's name, or what was said with a declined payment, or kNoMeansOfCompany.
  std::string code;
  std::optional<CompanyAnswer> answer = {};  // in profile set: what the card company said, verified
};
// Nothing can be bought before the card holds a way to pay that is recorded with a card company, one that the
// shop works with.
inline constexpr std::string_view kNoMeansOfCompany = "no_means_of_company";

// Whether a way to pay answers to the request. One that is recorded with a card company is for profile set
// alone: in any other the shop would see its number.
bool fits(const DialogueRequest& request, const MeansSummary& means);

// Dialogue is the wallet's side of one purchase, log-in or age check with one gateway
// (docs/protocols/purchase-browser.md), from the opening to the outcome. Nothing of the holder's leaves
// before `release`, nothing is paid before `pay`, and each says what it checks first. For one thread at a
// time.
class Dialogue {
 public:
  enum class Next {
    kInformation,  // request() waits for release
    kReview,       // the order is to be looked at in the browser (F6 S25), then approved by pay
    kPayment,      // request() waits for pay
    kEnded,        // end() says how
  };

  // Opens the channel and asks what is wanted. Refuses a gateway whose certificate does not hold the attested
  // origin (kWrongOrigin), a profile that was not offered or is not the strongest of those that the gateway
  // says it allows (kForbidden), an order that check_order refuses,
  // and a request that does not fit its purpose or profile (kMalformed). A checkout whose confirmation the
  // wallet holds already has ended so, and nothing is asked; so has one in profile set that no way to pay
  // fits (kNoMeansOfCompany). An order other than the one whose payment may count is refused (kConflict).
  static Result<std::unique_ptr<Dialogue>> open(Parties parties, PaymentDesk::Wait wait, DialogueStart start,
                                                Carrier carrier);

  const DialogueRequest& request() const { return *request_; }
  bool has_request() const { return request_.has_value(); }  // not where the wallet held the confirmation
  Next next() const { return next_; }
  const DialogueEnd& end() const { return end_; }

  // Called right before the order is signed and leaves; when it fails, nothing is signed and its error
  // returned.
  using Commit = std::function<Result<void>()>;
  // Answers the information request with what the holder agreed to; where payment is asked at once, pays too.
  // kForbidden for a field that was not asked for, kNotFound for one that the card does not hold. The card
  // must be logged in. After a failure the same can be tried again, unless next() says that it has ended.
  Result<Next> release(const Release& release, const Commit& commit);
  // Signs the order and pays by `means`; where a payment stands, sends that once more, whatever `means` says.
  // kUnavailable where what the offer says of the card company is too old by now: information is asked for
  // anew then, and a new offer comes. The card must be logged in.
  Result<Next> pay(const std::string& means, const Commit& commit);
  // Remembers that somebody said no.
  void cancel();
  // Tells the gateway that its checkout is cancelled, and waits for what it says to it.
  void tell_gateway();

 private:
  Dialogue(Parties parties, PaymentDesk::Wait wait, DialogueStart start, Identity identity,
           std::unique_ptr<GatewayAccess> gateway);
  Result<documents::GatewayMessage> converse(const documents::WalletMessage& message);
  OrderContext order_context() const;
  Result<void> take_request(documents::InformationRequest request);
  Result<void> take_sealing_certificate(const std::optional<Bytes>& der);
  Result<void> take_order(BytesView order);
  Result<Bytes> statement(const Release& release);
  Result<PaymentMeans> means(const std::string& id);
  Result<crypto::SecretBytes> instruction(documents::PaymentData data) const;
  Result<documents::Payment> for_shop(documents::PaymentData data) const;
  Result<Bytes> sign();
  Result<Next> take_unsent(Error error);
  Result<Next> take_answer(Result<documents::GatewayMessage> answer);
  Result<Next> take_message(documents::GatewayMessage message);
  Result<Next> take_failure(Error error);
  Result<Next> take_payment_request(documents::PaymentRequest request);
  Result<Next> take_outcome(documents::Outcome outcome);
  Result<Next> take_outcome_of_order(documents::Outcome outcome);
  Result<Next> take_declined(documents::Outcome outcome);
  // Profile session (dialogue_session.cpp):
  Result<Next> take_session_offer(documents::SessionOfferMessage message);
  Result<documents::SessionSecrets> open_session(const documents::SessionOffer& offer, BytesView envelope);
  Result<Next> pay_in_session(documents::PaymentData data, const Commit& commit);
  // Profile set (dialogue_set.cpp):
  Result<void> take_companies(std::vector<x509::Name> companies);
  Result<Next> take_split_offer(documents::SplitOffer offer);
  Result<VerifiedCompany> verify_offer(const documents::SplitOffer& offer);
  Result<x509::Name> company_of(const Release& release);
  Result<Next> pay_split(const std::string& means, const Commit& commit);
  Result<void> expect_current_offer();
  Result<Next> take_split_outcome(documents::Outcome outcome, const SplitPaymentRecord& payment);
  Result<CompanyAnswer> take_review(const documents::Outcome& outcome, const SplitPaymentRecord& payment);
  Result<Next> settle(const Result<Bytes>& document);
  std::string purchase() const;  // id of the order; empty when there is none
  Next end(DialogueResult result, std::string code);

  Parties parties_;
  PaymentDesk desk_;
  DialogueStart start_;
  Identity identity_;
  std::unique_ptr<GatewayAccess> gateway_;
  Sha256Digest nonce_;  // ours
  Sha256Digest gateway_nonce_{};
  std::optional<DialogueRequest> request_;
  std::optional<CheckedOrder> order_;
  std::optional<PurchaseRecord> earlier_;          // what this checkout has come to before
  std::vector<documents::RequestedField> fields_;  // that the gateway asked for first
  std::optional<x509::Certificate> sealing_certificate_;
  std::string session_;                      // of the offer that was accepted (F6)
  crypto::SecretBytes session_key_;          // that came with it
  std::optional<x509::Name> asked_company_;  // told with the information
  std::optional<VerifiedCompany> company_;   // as it was offered (F7 S34–S35): payments are sealed to it
  std::optional<CompanyAnswer> answer_;      // its last
  Next next_ = Next::kInformation;
  DialogueEnd end_;
};

}  // namespace countersign::wallet
