// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "documents/network_map.h"
#include "sample/issuers.h"
#include "x509/ocsp.h"

// A second data centre in the network of a sample one, and the maps that name both.
namespace countersign::sample {

struct SecondDataCentre {
  // `first` is the CA of the sample network's own data centre.
  SecondDataCentre(x509::Issuer of_network, x509::Certificate first, TimePoint at)
      : root(std::move(of_network)), first_ca(std::move(first)), now(whole_seconds(at)) {}

  x509::Issuer issue(x509::Role role, std::string_view subject, const Particulars& particulars = {}) const {
    return sample::issue(ca, role, below(subject), now, particulars);
  }
  x509::Signer signer(x509::Role role, std::string_view subject, const Particulars& particulars = {}) const {
    const auto holder = issue(role, subject, particulars);
    return {holder.certificate, holder.key, {ca.certificate}};
  }
  x509::Name below(std::string_view subject) const {
    return take(x509::Name::from_text(std::string(subject) + "," + name.text()));
  }

  // What its responder says to a request about one of its certificates.
  Result<Bytes> respond(BytesView request, TimePoint at,
                        x509::StatusKind kind = x509::StatusKind::kGood) const {
    return respond_as(responder, request, at, kind);
  }
  // The same, signed by another responder.
  Result<Bytes> respond_as(const x509::Issuer& by, BytesView request, TimePoint at,
                           x509::StatusKind kind = x509::StatusKind::kGood) const {
    TRY(const auto asked, x509::parse_ocsp_request(request, ca.certificate));
    const x509::OcspAnswer answer{asked.questions.front().cert_id,
                                  {kind, at, x509::RevocationReason::kKeyCompromise},
                                  at,
                                  at + Seconds(600)};
    return x509::sign_ocsp_response(by, {&answer, 1}, asked.nonce, at);
  }

  documents::NetworkMap map(std::int64_t version = 1) const {
    documents::NetworkMap out{version, now, now + std::chrono::days(30), root.certificate, {}, {}};
    out.data_centres = {centre(first_ca, "https://127.0.0.1:9443", "http://127.0.0.1:9080"),
                        centre(ca.certificate, service_url, status_url)};
    std::ranges::sort(out.data_centres, {}, &documents::MappedDataCentre::name);
    return out;
  }
  documents::MappedDataCentre& own_in(documents::NetworkMap& map) const {
    return *std::ranges::find(map.data_centres, name, &documents::MappedDataCentre::name);
  }
  Bytes sign(const documents::NetworkMap& map) const {
    return take(documents::sign_network_map({map_signer.certificate, map_signer.key, {}}, map, now));
  }
  Bytes signed_map(std::int64_t version = 1) const { return sign(map(version)); }

  static x509::Issuer make_map_signer(const x509::Issuer& root, TimePoint from) {
    const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    return {take(x509::create_map_signer(root, key.public_key(), from)), key};
  }

  x509::Issuer root;
  x509::Certificate first_ca;
  TimePoint now;
  x509::Name name = take(x509::Name::from_text("OU=tokyo-1,OU=jp,O=Countersign Demo"));
  x509::Issuer ca = make_ca(root, {name, {"localhost", "example.jp"}, {}, {"127.0.0.0/8"}}, now);
  x509::Issuer responder = issue(x509::Role::kOcspResponder, "CN=OCSP Responder,OU=authority");
  x509::Issuer map_signer = make_map_signer(root, now);
  std::string service_url = "https://127.0.0.1:9543";
  std::string status_url = "http://127.0.0.1:9180";

 private:
  static documents::MappedDataCentre centre(const x509::Certificate& ca, std::string service,
                                            std::string status) {
    return {take(x509::permitted_subtree(ca)), {ca}, std::move(service), std::move(status), {}, {}};
  }
};

}  // namespace countersign::sample
