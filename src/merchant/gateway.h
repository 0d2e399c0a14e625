// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "http/metrics.h"
#include "http/server.h"
#include "merchant/capture_desk.h"
#include "merchant/certificate_keeper.h"
#include "merchant/checkout_desk.h"
#include "merchant/dialogue_desk.h"
#include "merchant/refund_desk.h"
#include "merchant/shop/shop_routes.h"
#include "merchant/webhook_sender.h"
#include "network/map_refresh.h"

namespace countersign::merchant {

// What the gateway asks of its authority; all of it outlives the gateway and is thread-safe.
struct AuthorityPorts {
  CertificateAccess& certificates;
  StatusAccess& status;
  EnrolmentAccess& enrolments;
  ConfirmationAccess& confirmations;
  // Makes the ports speak with this certificate from here on.
  std::function<Result<void>(const x509::Signer&)> identify;
  PaymentCheck* payments = nullptr;  // null: no payment passes through the gateway
  // Those that payments can be sealed to, in profile set; no two of one subject.
  std::vector<CardCompany> companies = {};
};

// Work that the gateway does beside its own, again and again.
struct GatewayWork {
  std::string name;
  std::function<Result<void>()> work;
};

struct GatewayOptions {
  http::ServerOptions listener;  // without TLS: that is the gateway's own
  std::filesystem::path folder;  // of identity and application
  ShopProfile shop;
  std::optional<ShopOptions> demo_shop;  // none: the gateway stands beside a shop of its own
  DialogueTerms dialogue;
  std::optional<SealingKey> sealing = {};  // see DialogueParts
  ApplicantProfile applicant;
  CertificateKeeper::Application application = CertificateKeeper::Application::kByItself;
  int registrations_per_hour = 60;                          // from one address
  Seconds registration_retention{std::chrono::days(1826)};  // of signed consents, since they were given
  std::unique_ptr<WebhookTarget> webhook_target;            // null: events are only listed
  crypto::SecretBytes webhook_secret;
  network::FetchMap fetch_map = {};  // empty: the map stays as it is
  // What the program serves and does besides, on the same listener and at the same pace.
  std::function<void(http::Router&)> more_routes = {};
  std::vector<GatewayWork> more_work = {};
  std::function<void(http::Metrics&)> more_metrics = {};  // called once, before there is any work
  // How often the gateway looks what there is to do.
  std::chrono::milliseconds pace{1000};
};

// Gateway is the merchant's side of the network: pages, APIs, and the work behind them. Runs from start to
// destruction; what it was doing when it ended goes on with the next start.
class Gateway {
 public:
  static Result<std::unique_ptr<Gateway>> start(GatewayContext context, const AuthorityPorts& authority,
                                                const crypto::SecretBytes& token_secret,
                                                GatewayOptions options);
  ~Gateway();
  unsigned short port() const;

 private:
  struct Parts;
  explicit Gateway(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace countersign::merchant
