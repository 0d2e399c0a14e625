// SPDX-License-Identifier: Apache-2.0
#include "authority/status/status_routes.h"

#include "authority/status/http_caching.h"

namespace countersign::authority {

namespace {

void add_ca(http::Router& router, const CrlPublisher& publisher, const ServedCa& ca) {
  for (const std::string& path : ca.crl_paths) {
    router.add_blocking("GET", path, [&publisher, ca = ca.certificate](const http::Request& request) {
      Result<Crl> crl = publisher.current_for(ca);
      if (!crl) return http::problem_response(crl.error());
      http::Response response = http::der_response(200, std::move(crl.value().der), "application/pkix-crl");
      allow_revalidated_caching(request, response, crl.value().this_update, crl.value().next_update);
      return response;
    });
  }
  for (const std::string& path : ca.certificate_paths) {
    router.add_blocking("GET", path, [ca = ca.certificate](const http::Request&) {
      return http::der_response(200, ca.der(), "application/pkix-cert");
    });
  }
}

}  // namespace

void add_status_routes(http::Router& router, const OcspResponder& responder, const CrlPublisher& publisher,
                       const std::vector<ServedCa>& cas, const x509::Certificate& root) {
  router.add_blocking("POST", "/ocsp",
                      [&responder](const http::Request& request) { return responder.post(request); });
  router.add_prefix("GET", "/ocsp/",
                    [&responder](const http::Request& request) { return responder.get(request); });
  for (const ServedCa& ca : cas) add_ca(router, publisher, ca);
  router.add_blocking("GET", "/root.cer", [root](const http::Request&) {
    return http::der_response(200, root.der(), "application/pkix-cert");
  });
}

}  // namespace countersign::authority
