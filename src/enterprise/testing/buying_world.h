// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "enterprise/buyer.h"
#include "merchant/identity.h"
#include "sample/manual_clock.h"
#include "sample/take.h"
#include "sample/temporary_folder.h"
#include "wallet/testing/fake_peers.h"
#include "x509/issue.h"

namespace countersign::enterprise {

// BuyingWorld is an enterprise that buys: real store, keys, documents and signatures. The seller and its
// authority are played (wallet/testing/fake_peers.h); the clock is moved by hand.
class BuyingWorld {
 public:
  static constexpr std::string_view kFree = "KRW 100000";

  BuyingWorld() { begin(); }
  // Ends the process and starts it anew: only what was stored remains.
  void restart() {
    buyer.reset();
    book.reset();
    database.reset();
    begin();
  }
  // What the seller offers, for this credential.
  PurchaseRequest request(const Credential& by, std::string key = "key") const {
    return {"https://127.0.0.1:8443",
            peers.order.checkout,
            "t",
            trade.merchant.certificate.subject().text(),
            peers.order.total,
            "PO-1",
            std::move(key),
            {by.id, by.bearer == Bearer::kPerson ? by.name : ""}};
  }
  Credential credential(std::string_view name, Rights rights, Bearer bearer = Bearer::kPerson) {
    return take(create_credential(*database, name, bearer, rights, clock.now())).credential;
  }
  // The price that the seller asks for.
  void sell_for(std::int64_t total) {
    peers.order.lines = {{"JAR", "Moon jar", 1, total}};
    peers.order.total = {total, "KRW"};
  }
  PurchaseView view(const std::string& id) const { return take(book->find(id)); }
  PurchaseState state(const std::string& id) const { return view(id).order.state; }
  Sha256Digest digest(const std::string& id) const { return digest_of(view(id).order).value(); }

  TemporaryFolder folder;
  evidence::Trade trade;
  ManualClock clock{trade.now};
  std::unique_ptr<merchant::Identity> identity = make_identity();
  wallet::FakePeers peers{trade};
  merchant::NetworkView network{
      std::make_shared<network::AnchorSource>(network::OwnDataCentre{trade.anchor, trade.data_centre, ""}),
      trade.ca.certificate, trade.data_centre, "https://127.0.0.1:7443", ""};
  Result<void> status = ok();  // of the purchasing certificate
  Seconds lifetime{std::chrono::hours(24)};
  std::unique_ptr<storage::Database> database;
  std::optional<PurchaseBook> book;
  std::optional<Buyer> buyer;

 private:
  // The trade's purchaser is the enterprise.
  std::unique_ptr<merchant::Identity> make_identity() {
    const auto place = folder.path() / "purchasing";
    take(merchant::Identity::create(place, wallet::secret("passphrase")));
    auto made = take(merchant::Identity::open(place, wallet::secret("passphrase")));
    const auto purchasers = take(trade.data_centre.child("OU", "purchasers"));
    x509::CertificateOrder order{x509::Role::kPurchaser,
                                 take(purchasers.child("CN", "Buying Enterprise")),
                                 made->key().public_key(),
                                 {},
                                 x509::KeyOrigin::kHolder,
                                 trade.merchant.certificate.subject().text(),
                                 "",
                                 "",
                                 trade.now - std::chrono::hours(1),
                                 std::nullopt};
    take(made->install(take(x509::issue_certificate(trade.ca, order)), trade.ca.certificate));
    trade.purchaser = *made->signer();
    return made;
  }
  void begin() {
    database = take(storage::open_sqlite(folder.path() / "store.db"));
    book.emplace(take(
        PurchaseBook::open(*database, clock, {take(parse_approval_policy({std::string(kFree)})), lifetime})));
    buyer.emplace(BuyerParts{*book, *identity, network, peers, peers,
                             [this](const x509::Certificate&) { return status; }, clock});
  }
};

}  // namespace countersign::enterprise
