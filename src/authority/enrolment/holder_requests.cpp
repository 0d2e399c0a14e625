// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/holder_requests.h"

#include "authority/issuing/client_identity.h"
#include "crypto/digest.h"
#include "documents/receipt.h"
#include "x509/cms.h"

namespace countersign::authority {

using documents::HolderAction;

// A request whose signature, audience, holder and time were checked.
struct HolderRequests::Asked {
  documents::HolderRequest request;
  x509::Certificate signer;
  Sha256Digest content_digest;
  bool is_foreign = false;  // of another data centre, which was asked about the signer
  bool is_merchant = false;
};

namespace {

bool is_for_suspended_too(HolderAction action) {
  return action == HolderAction::kFindConfirmation || action == HolderAction::kListCertificates ||
         action == HolderAction::kSuspend;
}

}  // namespace

Result<std::unique_ptr<HolderRequests>> HolderRequests::open(Parts parts) {
  TRY(auto nonces, Nonces::open(parts.context.database));
  return std::unique_ptr<HolderRequests>(new HolderRequests(std::move(parts), nonces));
}

Result<void> HolderRequests::accept_once(storage::Transaction& transaction, const Asked& asked) {
  if (asked.is_foreign) return nonces_.use(transaction, asked.request.nonce, parts_.context.clock.now());
  const auto active = require_active(parts_.context.directory, transaction, asked.signer);
  const bool held = !active && active.error().code == ErrorCode::kCertificateOnHold;
  if (!active && !(held && is_for_suspended_too(asked.request.action))) return fail(active.error());
  return nonces_.use(transaction, asked.request.nonce, parts_.context.clock.now());
}

Result<Holder> HolderRequests::holder_of(storage::Reader& reader, const x509::Certificate& signer) {
  TRY(auto holder, parts_.holders.find_by_subject(reader, signer.subject()));
  if (!holder) return fail(ErrorCode::kNotFound, "holder: not known here");
  if (holder->erased) return fail(ErrorCode::kGone, "holder: erased");
  return std::move(*holder);
}

Result<HolderAnswer> HolderRequests::list(const Asked& asked) {
  ListedCertificates listed;
  TRY(parts_.context.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto holder, holder_of(reader, asked.signer));
    DirectoryQuery query;
    query.limit = 500;
    TRY(query.email, parts_.holders.address_of(holder));
    TRY(auto page, parts_.context.directory.search(reader, query));
    listed.entries = std::move(page.entries);
    return ok();
  }));
  return HolderAnswer{std::move(listed)};
}

Result<HolderAnswer> HolderRequests::renew(const Asked& asked, BytesView cms) {
  Result<Holder> holder = fail(ErrorCode::kInternal, "not read");
  TRY(parts_.context.database.read([&](storage::Reader& reader) -> Result<void> {
    holder = holder_of(reader, asked.signer);
    return ok();
  }));
  if (!holder) return fail(holder.error());
  TRY(auto ticket, parts_.enrolments.renew({.holder = holder.value(),
                                            .registered_by = asked.signer.registered_by(),
                                            .request_cms = to_bytes(cms),
                                            .request_digest = asked.content_digest,
                                            .nonce = asked.request.nonce,
                                            .signing = asked.request.signing_request,
                                            .agreement = asked.request.agreement_request}));
  return HolderAnswer{std::move(ticket)};
}

Result<HolderRequests::Asked> HolderRequests::verify(BytesView request_cms, CameBy came_by) {
  const auto own = x509::verify_signed_document(request_cms, *parts_.context.keys.anchor,
                                                x509::Role::kPurchaser, parts_.context.clock.now());
  if (own) {
    TRY(auto request, documents::parse_holder_request(own.value().cms.content));
    TRY(expect_for_us(request, own.value().signer));
    return Asked{std::move(request), own.value().signer, crypto::sha256(own.value().cms.content)};
  }
  if (own.error().code == ErrorCode::kWrongRole && parts_.find_for_merchant)
    return verify_merchants(request_cms);
  if (own.error().code != ErrorCode::kCertificateUnknown || !parts_.foreign_purchaser)
    return fail(own.error());
  TRY(const auto cms, x509::UnverifiedCms::parse(request_cms));
  TRY(const auto claimed, x509::Certificate::from_der(cms.signer_certificate_der()));
  // Before the home is asked, for that takes its time: who floods us is not passed on, nor what was said to
  // another authority or before.
  TRY(const auto verified, x509::verify_cms(cms, claimed));
  TRY(auto request, documents::parse_holder_request(verified.content));
  if (request.action != HolderAction::kFindConfirmation)
    return fail(ErrorCode::kForbidden, "holder-request.action: is for the holder's own authority");
  TRY(expect_for_us(request, claimed));
  TRY(auto signer, parts_.foreign_purchaser(cms, came_by));
  if (!(signer == claimed)) return fail(ErrorCode::kInternal, "holder-request: another signer was judged");
  return Asked{std::move(request), std::move(signer), crypto::sha256(verified.content), true};
}

// A merchant finds what it countersigned. Whatever else a holder may ask for is not a merchant's.
Result<HolderRequests::Asked> HolderRequests::verify_merchants(BytesView request_cms) {
  TRY(const auto own, x509::verify_signed_document(request_cms, *parts_.context.keys.anchor,
                                                   x509::Role::kMerchant, parts_.context.clock.now()));
  TRY(auto request, documents::parse_holder_request(own.cms.content));
  if (request.action != HolderAction::kFindConfirmation)
    return fail(ErrorCode::kForbidden, "holder-request.action: is not for merchants");
  TRY(expect_for_us(request, own.signer));
  return Asked{std::move(request), own.signer, crypto::sha256(own.cms.content), false, true};
}

// Nothing for what is to be answered here. Before anything is handed on its signature must be the holder's
// that it names, and its time the present: who floods us, or repeats what was said before, is not passed on.
Result<std::optional<HolderAnswer>> HolderRequests::answer_elsewhere(BytesView request_cms,
                                                                     ConfirmationForm wanted) {
  if (!parts_.forward_question) return std::optional<HolderAnswer>();
  TRY(const auto cms, x509::UnverifiedCms::parse(request_cms));
  const auto read = documents::parse_holder_request(cms.unverified_content());
  const bool is_elsewhere = read && read.value().action == HolderAction::kFindConfirmation &&
                            !(read.value().audience == parts_.context.keys.data_centre);
  if (!is_elsewhere) return std::optional<HolderAnswer>();
  TRY(const auto claimed, x509::Certificate::from_der(cms.signer_certificate_der()));
  TRY(x509::verify_cms(cms, claimed));
  if (!(read.value().holder == documents::reference_to(claimed)))
    return fail(ErrorCode::kForbidden, "holder-request.holder: is not the signer");
  TRY(is_timely(read.value().time, parts_.context.clock.now()));
  TRY(Bytes found, parts_.forward_question(read.value().audience, request_cms));
  auto receipt = documents::parse_receipt(found);
  if (!receipt) return std::optional<HolderAnswer>(FoundConfirmation{std::move(found)});
  if (wanted == ConfirmationForm::kReceipt)
    return std::optional<HolderAnswer>(FoundConfirmation{std::move(found), ConfirmationForm::kReceipt});
  return std::optional<HolderAnswer>(FoundConfirmation{std::move(receipt.value().confirmation)});
}

Result<void> HolderRequests::expect_for_us(const documents::HolderRequest& request,
                                           const x509::Certificate& signer) const {
  if (!(request.audience == parts_.context.keys.data_centre))
    return fail(ErrorCode::kForbidden, "holder-request.audience: is not this data centre");
  if (!(request.holder == documents::reference_to(signer)))
    return fail(ErrorCode::kForbidden, "holder-request.holder: is not the signer");
  return is_timely(request.time, parts_.context.clock.now());
}

Result<HolderAnswer> HolderRequests::find(const Asked& asked, ConfirmationForm wanted) {
  const documents::HolderRequest& request = asked.request;
  FoundConfirmation found;
  if (asked.is_merchant) {
    TRY(found,
        parts_.find_for_merchant(request.order_id, *request.order_digest, asked.signer.subject(), wanted));
    return HolderAnswer{std::move(found)};
  }
  TRY(parts_.context.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(found.document,
        parts_.find_confirmation(reader, request.order_id, *request.order_digest, asked.signer.subject()));
    return ok();
  }));
  if (wanted == ConfirmationForm::kReceipt && parts_.find_receipt) {
    TRY(auto receipt, parts_.find_receipt(request.order_id, *request.order_digest, asked.signer.subject()));
    if (receipt) found = {std::move(*receipt), ConfirmationForm::kReceipt};
  }
  return HolderAnswer{std::move(found)};
}

Result<HolderAnswer> HolderRequests::answer(BytesView request_cms, ConfirmationForm wanted, CameBy came_by) {
  TRY(auto elsewhere, answer_elsewhere(request_cms, wanted));
  if (elsewhere) return std::move(*elsewhere);
  TRY(const Asked asked, verify(request_cms, came_by));
  TRY(per_holder_.admit(asked.signer.subject().text(), parts_.context.clock.now()));

  HolderAnswer answer = SuspendedPair{};
  TRY(parts_.context.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(accept_once(transaction, asked));
    switch (asked.request.action) {
      case HolderAction::kFindConfirmation: {
        if (!parts_.find_confirmation || !asked.request.order_digest) {
          return fail(ErrorCode::kNotFound, "no confirmation of this order");
        }
        // Not found is answered after the commit: the nonce is used up all the same.
        return ok();
      }
      case HolderAction::kSuspend:
        return parts_.suspensions.suspend_holder(transaction, asked.signer.serial(),
                                                 "holder:" + asked.signer.serial().hex());
      case HolderAction::kChangeAddress: {
        TRY(const auto holder, holder_of(transaction, asked.signer));
        answer = AddressChangeRequested{};
        return parts_.address_changes.request(transaction, holder, asked.request.email);
      }
      case HolderAction::kListCertificates:
      case HolderAction::kRenew:
        return ok();
    }
    return fail(ErrorCode::kUnsupported, "holder-request.action");
  }));
  parts_.outbox.wake();
  if (asked.request.action == HolderAction::kSuspend) parts_.suspensions.forget_ended(asked.signer.serial());
  if (asked.request.action == HolderAction::kListCertificates) return list(asked);
  if (asked.request.action == HolderAction::kRenew) return renew(asked, request_cms);
  if (asked.request.action == HolderAction::kFindConfirmation) return find(asked, wanted);
  return answer;
}

Result<void> HolderRequests::sweep() {
  return parts_.context.database.write([&](storage::Transaction& transaction) {
    return nonces_.sweep(transaction, parts_.context.clock.now());
  });
}

}  // namespace countersign::authority
