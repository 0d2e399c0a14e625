// SPDX-License-Identifier: Apache-2.0
#include "evidence/examination.h"

#include <algorithm>
#include <boost/json/object.hpp>

#include "crypto/digest.h"
#include "documents/json.h"

namespace countersign::evidence {
namespace {

// When the first certificate above that one ends.
TimePoint end_of_authority(const x509::TrustAnchor& anchor, const x509::Certificate& certificate) {
  const TimePoint root = anchor.root().not_after();
  const x509::Certificate* ca = anchor.issuer_of(certificate);
  return ca == nullptr ? root : std::min(root, ca->not_after());
}

}  // namespace

void Examination::find(ErrorCode code, std::string path, std::string detail) {
  report_.findings.push_back({code, std::move(path), std::move(detail)});
}

std::optional<EvidenceKind> Examination::kind_of(const x509::UnverifiedCms& cms) {
  if (cms.content_type() == x509::ContentType::kSignedData) return EvidenceKind::kCountersignedOrder;
  const auto json = documents::parse_json(cms.unverified_content());
  if (!json) {
    find(json.error(), "evidence");
    return std::nullopt;
  }
  const auto* object = json.value().if_object();
  const auto* type = object == nullptr ? nullptr : object->if_contains("type");
  if (type != nullptr && type->is_string()) {
    if (type->get_string() == "confirmation") return EvidenceKind::kConfirmation;
    if (type->get_string() == "refusal") return EvidenceKind::kRefusal;
    if (type->get_string() == "order") return EvidenceKind::kSignedOrder;
  }
  find(ErrorCode::kUnsupported, "evidence", "neither confirmation nor refusal nor order");
  return std::nullopt;
}

Examination::Layer* Examination::add_layer(std::string path, x509::Role role, BytesView der) {
  auto cms = x509::UnverifiedCms::parse(der);
  if (!cms) {
    find(cms.error(), path);
    return nullptr;
  }
  auto signer = x509::Certificate::from_der(cms.value().signer_certificate_der());
  if (!signer) find(signer.error(), path + ".signer");
  layers_.push_back({std::move(path), role, std::move(cms).value(), std::nullopt, std::nullopt});
  if (signer) layers_.back().signer = std::move(signer).value();
  return &layers_.back();
}

void Examination::read(BytesView der) {
  if (options_.expected) report_.kind = *options_.expected;
  outermost_ = to_bytes(der);
  layers_.reserve(5);  // three, and two of a review: what add_layer answers stays where it is
  const auto cms = x509::UnverifiedCms::parse(outermost_);
  if (!cms) return find(cms.error(), "evidence");
  const auto kind = kind_of(cms.value());
  if (!kind) return;
  report_.kind = *kind;
  if (options_.expected && *kind != *options_.expected) {
    return find(ErrorCode::kUnsupported, "evidence", "is a " + std::string(kind_name(*kind)));
  }
  report_.content = to_bytes(cms.value().unverified_content());
  switch (*kind) {
    case EvidenceKind::kConfirmation:
      read_confirmation(cms.value());
      break;
    case EvidenceKind::kRefusal:
      read_refusal(cms.value());
      break;
    case EvidenceKind::kCountersignedOrder:
      read_countersigned_order("countersignedOrder", outermost_);
      break;
    case EvidenceKind::kSignedOrder:
      read_signed_order("signedOrder", outermost_);
      break;
    case EvidenceKind::kReceipt:  // not signed as a whole, and never the content of a signature
      break;
  }
  evidence_layers_ = layers_.size();
}

void Examination::read_confirmation(const x509::UnverifiedCms& cms) {
  add_layer("confirmation", x509::Role::kConfirmationSigner, outermost_);
  auto confirmation = documents::parse_confirmation(cms.unverified_content());
  if (!confirmation) return find(confirmation.error(), "confirmation");
  report_.confirmation = std::move(confirmation).value();
  read_countersigned_order("confirmation.countersignedOrder", report_.confirmation->countersigned_order);
}

void Examination::read_refusal(const x509::UnverifiedCms& cms) {
  add_layer("refusal", x509::Role::kConfirmationSigner, outermost_);
  auto refusal = documents::parse_refusal(cms.unverified_content());
  if (!refusal) return find(refusal.error(), "refusal");
  report_.refusal = std::move(refusal).value();
}

void Examination::read_countersigned_order(const std::string& path, BytesView der) {
  report_.countersigned_order = to_bytes(der);
  Layer* layer = add_layer(path, x509::Role::kMerchant, report_.countersigned_order);
  if (layer == nullptr) return;
  if (layer->cms.content_type() != x509::ContentType::kSignedData) {
    return find(ErrorCode::kMalformed, path, "its content is not a signed order");
  }
  read_signed_order(path + ".signedOrder", layer->cms.unverified_content());
}

void Examination::read_signed_order(const std::string& path, BytesView der) {
  report_.signed_order = to_bytes(der);
  Layer* layer = add_layer(path, x509::Role::kPurchaser, report_.signed_order);
  if (layer == nullptr) return;
  if (layer->cms.content_type() != x509::ContentType::kData) {
    return find(ErrorCode::kMalformed, path, "its content is not an order");
  }
  order_path_ = path + ".order";
  report_.order_bytes = to_bytes(layer->cms.unverified_content());
  auto order = documents::parse_order(report_.order_bytes);
  if (!order) return find(order.error(), order_path_);
  report_.order = std::move(order).value();
}

TimePoint Examination::time_of_decision() const {
  if (report_.confirmation) return report_.confirmation->time;
  if (report_.refusal) return report_.refusal->time;
  if (options_.at) return *options_.at;
  return report_.order ? report_.order->created : TimePoint{};
}

// One root's, so that an authority that does not verify is named and the others still count.
Result<void> Examination::RootsAuthorities::add(const x509::Certificate& ca, TimePoint at) {
  TRY(x509::TrustAnchor::create(root, {ca}, at));
  authorities.push_back(ca);
  return ok();
}

// An authority belongs to the first root that it verifies under; what is said of one that does not is what
// the given root says.
void Examination::collect_authorities() {
  std::vector<RootsAuthorities> roots{{root_, {}}};
  for (const x509::Certificate& root : options_.other_roots) roots.push_back({root, {}});
  std::vector<x509::Certificate> seen;
  for (const Layer& layer : layers_) {
    for (const BytesView der : layer.cms.certificates()) {
      auto certificate = x509::Certificate::from_der(der);
      if (!certificate) {
        find(certificate.error(), layer.path + ".certificates");
        continue;
      }
      const auto& candidate = certificate.value();
      const auto is_root = [&](const RootsAuthorities& each) { return candidate == each.root; };
      if (!candidate.is_ca() || std::any_of(roots.begin(), roots.end(), is_root)) continue;
      if (std::find(seen.begin(), seen.end(), candidate) != seen.end()) continue;
      const auto under_given = roots.front().add(candidate, report_.decided_at);
      const auto takes = [&](RootsAuthorities& each) {
        return each.add(candidate, report_.decided_at).has_value();
      };
      if (under_given || std::any_of(roots.begin() + 1, roots.end(), takes)) {
        seen.push_back(candidate);
      } else {
        find(under_given.error(), layer.path + ".certificates");
      }
    }
  }
  for (RootsAuthorities& each : roots) {
    const bool is_given = &each == &roots.front();
    if (each.authorities.empty() && !is_given) continue;
    auto anchor = x509::TrustAnchor::create(each.root, std::move(each.authorities), report_.decided_at);
    if (anchor) {
      anchors_.push_back(std::move(anchor).value());
    } else {
      find(anchor.error(), "root");
    }
  }
}

// That of the root which certified the signer's CA; the given root's where none did, which says why.
const x509::TrustAnchor* Examination::anchor_of(const x509::Certificate& signer) const {
  if (anchors_.empty()) return nullptr;
  const auto knows = [&](const x509::TrustAnchor& each) { return each.issuer_of(signer) != nullptr; };
  const auto found = std::find_if(anchors_.begin(), anchors_.end(), knows);
  return found == anchors_.end() ? &anchors_.front() : &*found;
}

void Examination::judge() {
  if (layers_.empty()) return;
  report_.decided_at = time_of_decision();
  collect_authorities();
  for (Layer& layer : layers_) judge_layer(layer);
  if (report_.confirmation) judge_confirmation(*report_.confirmation);
  if (report_.refusal) judge_refusal(*report_.refusal);
  if (report_.order) judge_order(*report_.order);
  judge_payments();
  judge_review();
}

void Examination::judge_layer(Layer& layer) {
  if (!layer.signer) return;
  const x509::TrustAnchor* anchor = anchor_of(*layer.signer);
  if (anchor == nullptr) return;
  Signature signature{layer.path, layer.role, *layer.signer, {}, false};
  const auto path = x509::verify_path(*layer.signer, *anchor, layer.role, report_.decided_at);
  if (!path) find(path.error(), layer.path + ".signer");
  if (path) signature.until = std::min(layer.signer->not_after(), end_of_authority(*anchor, *layer.signer));
  const auto verified = x509::verify_order_cms(layer.cms, *layer.signer);
  if (verified) {
    signature.signing_time = verified.value().signing_time;
    layer.verified = verified.value();
  } else {
    find(verified.error(), layer.path);
  }
  signature.is_valid = path && verified;
  report_.signatures.push_back(std::move(signature));
}

const Examination::Layer* Examination::layer_of(x509::Role role) const {
  for (std::size_t i = 0; i < evidence_layers_; ++i) {
    if (layers_[i].role == role) return &layers_[i];
  }
  return nullptr;
}

const Examination::Layer* Examination::layer_at(std::string_view path) const {
  for (const Layer& layer : layers_) {
    if (layer.path == path) return &layer;
  }
  return nullptr;
}

// A confirmation speaks for the data centre whose CA issued its signer, and for no other.
void Examination::judge_data_centre(const x509::Name& data_centre) {
  const Layer& layer = layers_.front();
  const x509::TrustAnchor* anchor = layer.signer ? anchor_of(*layer.signer) : nullptr;
  if (anchor == nullptr) return;
  const x509::Certificate* ca = anchor->issuer_of(*layer.signer);
  if (ca == nullptr) return;  // found already: there is no path
  const auto subtree = x509::permitted_subtree(*ca);
  if (!subtree || !(subtree.value() == data_centre)) {
    find(ErrorCode::kNameNotPermitted, layer.path + ".dataCentre",
         "its signer belongs to another data centre");
  }
}

void Examination::judge_confirmation(const documents::Confirmation& confirmation) {
  judge_data_centre(confirmation.data_centre);
  if (const Layer* merchant = layer_of(x509::Role::kMerchant)) {
    judge_party(confirmation.merchant, *merchant, "confirmation.merchant");
  }
  if (const Layer* purchaser = layer_of(x509::Role::kPurchaser)) {
    judge_party(confirmation.purchaser, *purchaser, "confirmation.purchaser");
  }
  if (!report_.order) return;
  const documents::Order& order = *report_.order;
  if (confirmation.order_id != order.id) {
    find(ErrorCode::kConflict, "confirmation.orderId", "is not the id of the order inside");
  }
  if (confirmation.order_digest != crypto::sha256(report_.order_bytes)) {
    find(ErrorCode::kConflict, "confirmation.orderDigest", "is not the digest of the order inside");
  }
  if (!(confirmation.total == order.total)) {
    find(ErrorCode::kAmountMismatch, "confirmation.total", "is not the total of the order inside");
  }
  if (!(confirmation.data_centre == order.authority)) {
    find(ErrorCode::kForbidden, "confirmation.dataCentre", "is not the authority that the order names");
  }
  if (confirmation.review.has_value() != order.card_company.has_value()) {
    find(ErrorCode::kConflict, "confirmation.review", "and the order's card company do not agree");
  }
  if (confirmation.time > order.expires + options_.tolerance) {
    find(ErrorCode::kExpired, order_path_ + ".expires", "the order had expired when it was confirmed");
  }
  if (confirmation.time + options_.tolerance < order.created) {
    find(ErrorCode::kNotYetValid, order_path_ + ".created", "the order was created after it was confirmed");
  }
}

void Examination::judge_refusal(const documents::Refusal& refusal) {
  judge_data_centre(refusal.data_centre);
  if (options_.refused_request.empty()) return;
  if (refusal.request != crypto::sha256(options_.refused_request)) {
    find(ErrorCode::kConflict, "refusal.request", "speaks of another countersigned order");
  }
}

void Examination::judge_party(const documents::ConfirmedParty& party, const Layer& layer,
                              const std::string& path) {
  const x509::TrustAnchor* anchor = layer.signer ? anchor_of(*layer.signer) : nullptr;
  if (anchor == nullptr) return;
  const x509::Certificate& signer = *layer.signer;
  if (!(party.subject == signer.subject()))
    find(ErrorCode::kConflict, path + ".subject", "is not who signed");
  if (!(party.issuer == signer.issuer()))
    find(ErrorCode::kConflict, path + ".issuer", "is not the signer's issuer");
  if (party.serial != signer.serial())
    find(ErrorCode::kConflict, path + ".serial", "is not the signer's certificate");
  if (party.registered_by != signer.registered_by()) {
    find(ErrorCode::kConflict, path + ".registeredBy", "is not what the signer's certificate says");
  }
  if (party.key_origin != signer.key_origin()) {
    find(ErrorCode::kConflict, path + ".keyOrigin", "is not what the signer's certificate says");
  }
  Status status{path + ".ocsp", signer, std::nullopt, party.as_of, party.degraded};
  const auto answer =
      x509::verify_ocsp_response(party.ocsp, signer, *anchor, {}, report_.decided_at, options_.tolerance);
  if (!answer) {
    find(answer.error(), status.path);
  } else {
    status.answer = answer.value();
    status.until = end_of_authority(*anchor, signer);
    if (answer.value().signer_until) status.until = std::min(*status.until, *answer.value().signer_until);
    if (answer.value().status.kind == x509::StatusKind::kUnknown) {
      find(ErrorCode::kCertificateUnknown, status.path, "the certificate was unknown to its authority");
    } else if (answer.value().status.kind == x509::StatusKind::kRevoked) {
      const bool on_hold = answer.value().status.reason == x509::RevocationReason::kCertificateHold;
      find(on_hold ? ErrorCode::kCertificateOnHold : ErrorCode::kCertificateRevoked, status.path,
           "the certificate was not good: " + std::string(x509::reason_name(answer.value().status.reason)));
    }
  }
  report_.statuses.push_back(std::move(status));
  judge_as_of(party, path);
}

// What is not called degraded was known to be good a moment before the decision.
void Examination::judge_as_of(const documents::ConfirmedParty& party, const std::string& path) {
  if (!party.as_of) return;
  const Status& status = report_.statuses.back();
  if (*party.as_of > report_.decided_at) find(ErrorCode::kConflict, path + ".asOf", "is after the decision");
  if (status.answer && *party.as_of + options_.tolerance < status.answer->this_update)
    find(ErrorCode::kConflict, path + ".asOf", "is before the status was stated");
  if (!party.degraded && *party.as_of + documents::kMostUndegradedAge < report_.decided_at)
    find(ErrorCode::kExpired, path + ".asOf",
         "is too long before the decision, which does not call itself degraded");
}

void Examination::judge_order(const documents::Order& order) {
  const Layer* merchant = layer_of(x509::Role::kMerchant);
  if (merchant != nullptr && merchant->signer) {
    if (!(order.merchant == documents::reference_to(*merchant->signer))) {
      find(ErrorCode::kConflict, order_path_ + ".merchant", "is not who countersigned it");
    }
    const auto& origins = merchant->signer->alternative_names().origins;
    if (std::find(origins.begin(), origins.end(), order.origin) == origins.end()) {
      find(ErrorCode::kWrongOrigin, order_path_ + ".origin", "is not in the merchant's certificate");
    }
  }
  const Layer* purchaser = layer_of(x509::Role::kPurchaser);
  if (purchaser != nullptr && purchaser->signer &&
      !(order.purchaser == documents::reference_to(*purchaser->signer))) {
    find(ErrorCode::kConflict, order_path_ + ".purchaser", "is not who signed it");
  }
}

}  // namespace countersign::evidence
