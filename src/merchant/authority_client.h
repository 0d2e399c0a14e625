// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "http/status_client.h"
#include "merchant/authority_access.h"
#include "merchant/network.h"
#include "merchant/peer_client.h"

namespace countersign::merchant {

// AuthorityClient speaks to the authority over TLS 1.3: as an unknown applicant until `identify` gives it the
// gateway's certificate, mutually authenticated from then on. Thread-safe.
class AuthorityClient final : public CertificateAccess,
                              public StatusAccess,
                              public EnrolmentAccess,
                              public ConfirmationAccess {
 public:
  // No answer is waited for longer than `answer_limit`; `status` bounds what is asked of other data centres.
  static Result<std::unique_ptr<AuthorityClient>> create(const NetworkView& network,
                                                         std::chrono::milliseconds answer_limit,
                                                         http::StatusLimits status = {});
  // Uses this certificate for all connections made from here on.
  Result<void> identify(const x509::Signer& identity);

  Result<ApplicationTicket> apply(const CertificateApplication& application) override;
  Result<void> request_challenge(const ApplicationTicket& ticket) override;
  Result<ApplicationProgress> progress(const ApplicationTicket& ticket) override;
  Result<RenewalProgress> renew(BytesView renewal) override;
  Result<Bytes> ocsp(BytesView request) override;
  Result<Bytes> ocsp_at(const std::string& status_url, BytesView request) override;
  Result<EnrolmentGrant> enrol(BytesView consent) override;
  Result<EnrolmentProgress> enrolment(std::string_view id) override;
  Result<EnrolmentGrant> restart(std::string_view id) override;
  Result<SignedAnswer> confirm(BytesView countersigned_order, const std::optional<Bytes>& review) override;
  Result<Bytes> extract(const documents::ExtractRequest& request) override;
  Result<Bytes> receipt(const documents::ExtractRequest& request) override;
  // The signed network map, not verified yet; kNotFound where the authority has none. The authority is known
  // by AnchorSource::expect_own_authority.
  Result<Bytes> network_map();

 private:
  AuthorityClient(const NetworkView& network, PeerRule peer, std::chrono::milliseconds answer_limit,
                  http::StatusLimits status);
  Result<http::Response> post_cms(std::string_view path, BytesView document);
  Result<http::Response> ask_for_confirmation(BytesView countersigned_order,
                                              const std::optional<Bytes>& review);

  const std::shared_ptr<const network::AnchorSource> trust_;
  const std::string service_url_, status_url_;  // of the own data centre
  const std::chrono::milliseconds answer_limit_;
  http::StatusClient status_;
  PeerClient service_;
};

}  // namespace countersign::merchant
