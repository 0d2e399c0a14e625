// SPDX-License-Identifier: Apache-2.0
// A purchaser of one data centre buys from a merchant of another, in every profile that is paid in.
#include "purchase_test_world.h"
#include "sample/second_data_centre.h"

namespace countersign {
namespace {

using wallet::DialogueResult;

// The wallet is of tokyo-1, gateway, authority and card company of seoul-1. Both sides keep the map.
struct AcrossPurchase : PurchaseTest, testing::WithParamInterface<std::string> {
  AcrossPurchase() {
    takes_set = true;
    gateway.reset();
    take(shop.view.trust->take(other.signed_map()));
    shop.authority.responders[other.status_url] = [this](BytesView request) {
      return other.respond(request, whole_seconds(shop.clock.now()));
    };
    shop.authority.alter_confirmation = [this](documents::Confirmation& confirmation) {
      const auto asked = take(x509::make_ocsp_request(visitor.signing.certificate, visitor.ca, {}));
      confirmation.purchaser.ocsp = take(other.respond(asked, whole_seconds(shop.clock.now())));
    };
    gateway = start(*shop.identity);
    client = connect(gateway->port());
    enrol(*visitors_store, visitors_card, visitor);
    take(maps.of(shop.network.root)->take(other.signed_map()));
    take(visitors_card.log_in(secret(kPin)));
    wallet::HolderData data(parties());
    take(data.keep_personal({std::string(kName), "Tokyo", "1990-01-01", "", ""}));
    paid_by["plain"] = paid_by["session"] = take(
        data.add_means({documents::CardData{secret("4111111111111111"), "2029-08", std::string(kHolder)}}));
    paid_by["set"] =
        take(data.add_means({documents::CardData{secret("5312764198340575"), "2047-11", std::string(kHolder)},
                             split_company.subject()}));
    visitors_card.log_out();
  }
  wallet::Parties parties() override { return {*visitors_store, visitors_card, *peers, shop.clock, &maps}; }

  sample::SecondDataCentre other{
      {shop.network.root, shop.network.root_key}, shop.network.ca, shop.network.now};
  Holder visitor{other.signer(x509::Role::kPurchaser, "UID=sato,OU=purchasers"),
                 other.signer(x509::Role::kPurchaserAgreement, "UID=sato,OU=purchasers"),
                 other.ca.certificate};
  TemporaryFolder visitors_folder;
  std::unique_ptr<wallet::WalletStore> visitors_store =
      take(wallet::WalletStore::open(visitors_folder.path()));
  wallet::MemoryCard visitors_card;
  wallet::NetworkMaps maps{visitors_folder.path(), shop.clock};
  std::map<std::string, std::string> paid_by;  // profile → way to pay
};

TEST_P(AcrossPurchase, IsConfirmedByTheMerchantsAuthority) {
  const auto checkout = open_checkout('"' + GetParam() + '"');
  const auto course = buy(start_of(checkout, GetParam()), pc_for(checkout), paid_by.at(GetParam()));
  ASSERT_EQ(course.end.result, DialogueResult::kConfirmed) << course.end.code;
  ASSERT_EQ(shop.authority.confirmations_asked.size(), 1U);
  const auto bought = take(visitors_store->purchases());
  ASSERT_EQ(bought.size(), 1U);
  const auto order = take(documents::parse_order(bought.front().order));
  EXPECT_EQ(order.authority, shop.view.data_centre);
  EXPECT_EQ(order.purchaser.subject, visitor.signing.certificate.subject());
}

INSTANTIATE_TEST_SUITE_P(Profiles, AcrossPurchase, testing::Values("plain", "session", "set"),
                         [](const auto& row) { return row.param; });

}  // namespace
}  // namespace countersign
