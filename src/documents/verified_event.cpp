// SPDX-License-Identifier: Apache-2.0
// Who signed an event, and whether an answer is to what was asked.
#include "documents/event.h"
#include "x509/path.h"

namespace countersign::documents {
namespace {

struct SignedEvent {
  x509::Certificate signer;
  BytesView json;
};

Result<SignedEvent> verify_event(BytesView der, const x509::TrustAnchor& anchor, x509::Role role,
                                 TimePoint at) {
  auto document = x509::verify_signed_document(der, anchor, role, at);
  if (!document) return fail(std::move(document).error(), "event");
  if (document.value().cms.content_type != x509::ContentType::kData)
    return fail(ErrorCode::kMalformed, "event: the content is not data");
  return SignedEvent{std::move(document.value().signer), document.value().cms.content};
}

Result<void> require_service(const x509::Certificate& signer, const x509::Name& service) {
  if (signer.subject() == service) return ok();
  return fail(ErrorCode::kForbidden,
              "event.source: " + signer.subject().text() + " does not speak for " + service.text());
}

// Nothing is believed of it yet: which role the signature has to be judged in.
Result<x509::Role> role_of_signer(BytesView der) {
  TRY(const x509::UnverifiedCms cms, x509::UnverifiedCms::parse(der));
  TRY(const x509::Certificate signer, x509::Certificate::from_der(cms.signer_certificate_der()));
  return signer.role() == x509::Role::kService ? x509::Role::kService : x509::Role::kConfirmationSigner;
}

}  // namespace

Result<VerifiedEvent<StepRequest>> verify_step_request(BytesView der, const x509::TrustAnchor& anchor,
                                                       TimePoint at) {
  TRY(const SignedEvent event, verify_event(der, anchor, x509::Role::kConfirmationSigner, at));
  TRY(StepRequest request, parse_step_request(event.json));
  TRY(x509::require_speaks_for(event.signer, request.data_centre, anchor, "event.source"));
  return VerifiedEvent<StepRequest>{std::move(request), event_digest(event.json)};
}

Result<VerifiedEvent<StepResult>> verify_step_result(BytesView der, const x509::TrustAnchor& anchor,
                                                     TimePoint at) {
  TRY(const SignedEvent event, verify_event(der, anchor, x509::Role::kService, at));
  TRY(StepResult result, parse_step_result(event.json));
  TRY(require_service(event.signer, result.service));
  return VerifiedEvent<StepResult>{std::move(result), event_digest(event.json)};
}

Result<VerifiedEvent<Notice>> verify_notice(BytesView der, const x509::TrustAnchor& anchor, TimePoint at) {
  TRY(const x509::Role role, role_of_signer(der));
  TRY(const SignedEvent event, verify_event(der, anchor, role, at));
  TRY(Notice notice, parse_notice(event.json));
  if (role == x509::Role::kService) {
    TRY(require_service(event.signer, notice.source));
  } else {
    TRY(x509::require_speaks_for(event.signer, notice.source, anchor, "event.source"));
  }
  return VerifiedEvent<Notice>{std::move(notice), event_digest(event.json)};
}

Result<void> check_answers(const StepResult& result, const VerifiedEvent<StepRequest>& request) {
  const StepRequest& asked = request.content;
  const auto differs = [](std::string_view member) {
    return fail(ErrorCode::kConflict, std::string(member) + ": not that of the request");
  };
  if (!(result.service == asked.service))
    return fail(ErrorCode::kForbidden, "source: " + result.service.text() + " was not asked");
  if (result.of.subject != asked.of.subject) return differs("subject");
  if (result.of.confirmation != asked.of.confirmation) return differs("confirmation");
  if (result.of.procedure != asked.of.procedure) return differs("procedure");
  if (result.of.step != asked.of.step) return differs("step");
  if (result.of.act != asked.of.act) return differs("act");
  if (result.of.round != asked.of.round) return differs("round");
  if (result.request != request.digest) return differs("request");
  if (result.after != asked.after) return differs("after");
  return ok();
}

}  // namespace countersign::documents
