// SPDX-License-Identifier: Apache-2.0
#include "authority/status/ocsp_cache.h"

#include "x509/ocsp_form.h"

namespace countersign::authority {

const x509::Issuer& OcspCache::signer_of(BytesView cert_id) const {
  for (const EarlierResponder& each : earlier_) {
    x509::der::Reader reader(cert_id);
    const auto id = x509::ocsp_form::read_cert_id(reader, each.ca);
    if (id && id.value().issuer_matches) return each.responder;
  }
  return responder_;
}

Result<OcspResponse> OcspCache::response(const Bytes& cert_id,
                                         const std::optional<Directory::QuickStatus>& status, TimePoint now) {
  std::string key(as_text(cert_id));
  if (status) {
    const std::lock_guard lock(mutex_);
    const std::optional<Kept> kept = responses_.find(key);
    if (kept && kept->status_version == status->status_version && kept->response.this_update <= now &&
        now - kept->response.this_update < options_.reuse_for) {
      return kept->response;
    }
  }
  const TimePoint this_update = whole_seconds(now);
  const x509::OcspAnswer answer{cert_id, ocsp_status(status), this_update, this_update + options_.valid_for};
  TRY(Bytes der, x509::sign_ocsp_response(signer_of(cert_id), {&answer, 1}, {}, this_update));
  OcspResponse signed_response{std::make_shared<const Bytes>(std::move(der)), this_update,
                               answer.next_update};
  if (status) {
    const std::lock_guard lock(mutex_);
    responses_.put(key, Kept{status->status_version, signed_response});
  }
  return signed_response;
}

}  // namespace countersign::authority
