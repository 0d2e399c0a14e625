// SPDX-License-Identifier: Apache-2.0
#include "enterprise/purchasing_certificate.h"

#include <algorithm>

#include "base/log.h"
#include "documents/json.h"
#include "merchant/retry_delay.h"
#include "network/purchasing_name.h"
#include "x509/path.h"
#include "x509/pkcs10.h"

namespace countersign::enterprise {
namespace {

constexpr std::size_t kPem = 16384;
constexpr std::string_view kPath = "/v1/purchasing-certificates";
constexpr std::string_view kRequestMediaType = "application/pkcs10";  // RFC 5967
constexpr merchant::RetryDelays kWhileUndecided{Seconds(5), std::chrono::minutes(5)};
constexpr std::chrono::minutes kAfterFailure{1};

}  // namespace

Result<std::unique_ptr<HttpPurchasingAccess>> HttpPurchasingAccess::create(
    const merchant::NetworkView& network, std::chrono::milliseconds answer_limit) {
  TRY(auto check, merchant::authority_peer(network.anchor(), network.data_centre));
  http::ClientOptions options;
  options.total_timeout = answer_limit;
  std::unique_ptr<HttpPurchasingAccess> access(
      new HttpPurchasingAccess(network.service_url, {std::move(check), network.trust}, std::move(options)));
  TRY(access->client_.prepare());
  return access;
}

Result<std::optional<x509::Certificate>> HttpPurchasingAccess::certify(const x509::Signer& merchant,
                                                                       BytesView pkcs10) {
  TRY(client_.identify(merchant));
  TRY(const auto response, client_.post(kPath, to_bytes(pkcs10), kRequestMediaType));
  if (response.status == 202) return std::optional<x509::Certificate>{};
  if (response.status != 200) return fail(http::error_of(response));
  TRY(auto reader, documents::ObjectReader::parse(response.body, "purchasing", {.line_feeds = true}));
  TRY(const auto pem, reader.text("certificate", kPem));
  TRY(auto certificate, x509::Certificate::from_pem(pem));
  return std::optional<x509::Certificate>{std::move(certificate)};
}

PurchasingCertificate::PurchasingCertificate(merchant::Identity& purchasing,
                                             const merchant::Identity& own_merchant,
                                             const merchant::NetworkView& network,
                                             PurchasingAccess& authority, const Clock& clock)
    : purchasing_(purchasing),
      merchant_(own_merchant),
      network_(network),
      authority_(authority),
      clock_(clock) {}

bool PurchasingCertificate::is_due() const {
  if (clock_.now() < next_ || !merchant_.signer()) return false;
  const auto signer = purchasing_.signer();
  if (!signer || network_.anchor()->issuer_of(signer->certificate) == nullptr) return true;
  const auto life = signer->certificate.not_after() - signer->certificate.not_before();
  return clock_.now() > signer->certificate.not_after() - life / 3;
}

Result<void> PurchasingCertificate::tick() {
  TRY(purchasing_.reload_if_changed());
  TRY(follow_ca());
  if (!is_due()) return ok();
  next_ = clock_.now() + kAfterFailure;
  TRY(const bool is_installed, obtain());
  next_ = is_installed ? TimePoint{} : clock_.now() + merchant::delay_after(undecided_, kWhileUndecided);
  undecided_ = is_installed ? 0 : undecided_ + 1;
  return ok();
}

Result<void> PurchasingCertificate::follow_ca() {
  const auto signer = purchasing_.signer();
  if (!signer) return ok();
  const auto anchor = network_.anchor();
  const auto& known = anchor->data_centre_cas();
  if (std::ranges::find(known, signer->chain.front()) != known.end()) return ok();
  const x509::Certificate* ca = anchor->issuer_of(signer->certificate);
  return ca == nullptr ? ok() : purchasing_.use_ca(*ca);
}

Result<bool> PurchasingCertificate::obtain() {
  TRY(const auto merchant, merchant_.require_signer());
  TRY(const auto name, network::purchasing_name(merchant.certificate.subject(), network_.data_centre));
  auto key = purchasing_.key();
  if (purchasing_.signer()) {
    TRY(key, purchasing_.next_key());
  }
  TRY(const auto pkcs10, x509::make_pkcs10(name, {}, key));
  TRY(const auto certificate, authority_.certify(merchant, pkcs10));
  if (!certificate) return false;
  if (!(certificate->subject() == name))
    return fail(ErrorCode::kNameNotPermitted, "the authority issued a certificate for another name");
  if (!(certificate->public_key() == key.public_key()))
    return fail(ErrorCode::kConflict, "the authority issued a certificate for another key");
  const auto anchor = network_.anchor();
  TRY(network_.trust->note(x509::verify_path(*certificate, *anchor, x509::Role::kPurchaser, clock_.now())));
  TRY(purchasing_.install(*certificate, *anchor->issuer_of(*certificate)));
  log_event(LogLevel::kInfo, "purchasing_certificate", {{"serial", certificate->serial().hex()}});
  return true;
}

}  // namespace countersign::enterprise
