// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <variant>

#include "authority/enrolment/address_changes.h"
#include "authority/enrolment/enrolments.h"
#include "authority/enrolment/suspension.h"
#include "authority/issuing/nonces.h"
#include "documents/request.h"

namespace countersign::authority {

// FindConfirmation looks up the confirmation of an order for its purchaser (K8): kNotFound. Plugged in by the
// program.
using FindConfirmation =
    std::function<Result<Bytes>(storage::Reader& reader, std::string_view order_id,
                                const Sha256Digest& order_digest, const x509::Name& purchaser)>;

// FindReceipt looks up the same as a receipt; nothing where none is to be had. Plugged in by the program
// where a public log is kept.
using FindReceipt = std::function<Result<std::optional<Bytes>>(
    std::string_view order_id, const Sha256Digest& order_digest, const x509::Name& purchaser)>;

// ForeignPurchaser judges who signed a request and belongs to another data centre: a purchaser's certificate
// by the network map, and what its home says of it at this moment: a status that is good or on hold. The
// signature is not its business. Blocks; plugged in by the program, and empty where the authority has no
// network.
enum class CameBy { kItself, kAnotherAuthority };
using ForeignPurchaser =
    std::function<Result<x509::Certificate>(const x509::UnverifiedCms& request, CameBy came_by)>;

// FindForMerchant looks up what a merchant of this data centre signed, as a receipt where that is wanted and
// to be had: kNotFound. Plugged in by the program.
struct FoundConfirmation;
enum class ConfirmationForm { kCms, kReceipt };
using FindForMerchant =
    std::function<Result<FoundConfirmation>(std::string_view order_id, const Sha256Digest& order_digest,
                                            const x509::Name& merchant, ConfirmationForm wanted)>;

// ForwardQuestion hands a question for a confirmation on to the data centre that it is for, and answers what
// was found there: a receipt (JSON) or the confirmation (CMS). Judges the signer as far as it can be done
// here. Blocks; plugged in by the program, and empty where the authority has no network.
using ForwardQuestion = std::function<Result<Bytes>(const x509::Name& audience, BytesView request_cms)>;

// What a holder's request was answered with.
struct FoundConfirmation {
  Bytes document;
  ConfirmationForm form = ConfirmationForm::kCms;
};
struct ListedCertificates {
  std::vector<DirectoryEntry> entries;
};
struct SuspendedPair {};
struct AddressChangeRequested {};
using HolderAnswer = std::variant<FoundConfirmation, ListedCertificates, SuspendedPair,
                                  Enrolments::OwnRenewalTicket, AddressChangeRequested>;

// HolderRequests does what holders ask for with their signing key (documents::HolderRequest). Each request is
// bound to this data centre, to the signer's certificate and to the time, and is accepted once. Thread-safe.
class HolderRequests {
 public:
  struct Parts {
    const AuthorityContext& context;
    mail::Outbox& outbox;
    HolderStore& holders;
    Enrolments& enrolments;
    Suspensions& suspensions;
    AddressChanges& address_changes;
    FindConfirmation find_confirmation;
    ForeignPurchaser foreign_purchaser = {};
    FindReceipt find_receipt = {};
    FindForMerchant find_for_merchant = {};
    ForwardQuestion forward_question = {};
  };
  static Result<std::unique_ptr<HolderRequests>> open(Parts parts);

  // kForbidden for another data centre or holder, kClockSkew, kConflict for a nonce used before. A suspended
  // holder may find confirmations, list and suspend; a revoked one nothing (kCertificateRevoked). A holder of
  // another data centre may find what this one confirmed (K8), and nothing else (kForbidden); so may a
  // merchant of this one. A confirmation is answered in the wanted form, where it can be had in that. What
  // another data centre confirmed is asked of that one (ForwardQuestion), which judges the request by itself
  // and takes its nonce.
  Result<HolderAnswer> answer(BytesView request_cms, ConfirmationForm wanted = ConfirmationForm::kCms,
                              CameBy came_by = CameBy::kItself);

  // Forgets nonces that could no longer be used.
  Result<void> sweep();

 private:
  HolderRequests(Parts parts, Nonces nonces) : parts_(std::move(parts)), nonces_(nonces) {}
  struct Asked;
  Result<Asked> verify(BytesView request_cms, CameBy came_by);
  Result<Asked> verify_merchants(BytesView request_cms);
  Result<std::optional<HolderAnswer>> answer_elsewhere(BytesView request_cms, ConfirmationForm wanted);
  Result<void> expect_for_us(const documents::HolderRequest& request, const x509::Certificate& signer) const;
  Result<HolderAnswer> list(const Asked& asked);
  Result<HolderAnswer> renew(const Asked& asked, BytesView cms);
  Result<HolderAnswer> find(const Asked& asked, ConfirmationForm wanted);
  Result<Holder> holder_of(storage::Reader& reader, const x509::Certificate& signer);
  Result<void> accept_once(storage::Transaction& transaction, const Asked& asked);

  Parts parts_;
  Nonces nonces_;
  RateLimit per_holder_{3600, std::chrono::hours(1)};
};

}  // namespace countersign::authority
