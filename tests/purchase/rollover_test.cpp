// SPDX-License-Identifier: Apache-2.0
// Purchases while the root of the network is followed by another, over every order in which wallet, gateway
// and authority take notice.
#include "purchase_test_world.h"
#include "sample/root_rollover.h"

namespace countersign {
namespace {

using wallet::DialogueResult;

struct Notice {
  bool wallet, gateway, authority;  // who has passed to the next root already
};

struct RolloverPurchase : PurchaseTest, testing::WithParamInterface<Notice> {
  RolloverPurchase() {
    take(maps.of(shop.network.root)->take(rollover.announcing(1)));
    take(shop.view.trust->take(rollover.announcing(1)));
  }
  wallet::Parties parties() override { return {*store, card, *peers, shop.clock, &maps}; }
  void pass(const Notice& who) {
    if (who.wallet) take(maps.of(shop.network.root)->take(rollover.taking_over(2)));
    if (who.gateway) take(shop.view.trust->take(rollover.taking_over(2)));
    if (who.authority) shop.authority.chained_ca = rollover.first_ca;
  }
  void expect_confirmed() {
    const auto checkout = open_checkout("\"plain\"");
    const auto known = take(wallet::HolderData(parties()).summary());
    const auto course = buy(start_of(checkout, "plain"), pc_for(checkout), known.means.front().id);
    EXPECT_EQ(course.end.result, DialogueResult::kConfirmed) << course.end.code;
  }

  sample::SecondDataCentre other{
      {shop.network.root, shop.network.root_key}, shop.network.ca, shop.network.now};
  sample::RootRollover rollover{other};
  wallet::NetworkMaps maps{wallet_folder.path(), shop.clock};
};

TEST_P(RolloverPurchase, IsConfirmedInTheWalletAndAtTheGateway) {
  pass(GetParam());
  expect_confirmed();
}

TEST_P(RolloverPurchase, IsConfirmedBeforeDuringAndAfter) {
  expect_confirmed();
  pass(GetParam());
  expect_confirmed();
  pass({!GetParam().wallet, !GetParam().gateway, !GetParam().authority});
  expect_confirmed();
}

std::string name_of(const testing::TestParamInfo<Notice>& row) {
  std::string name = "Passed";
  if (row.param.wallet) name += "Wallet";
  if (row.param.gateway) name += "Gateway";
  if (row.param.authority) name += "Authority";
  return name == "Passed" ? "PassedNobody" : name;
}

INSTANTIATE_TEST_SUITE_P(Orders, RolloverPurchase,
                         testing::Values(Notice{false, false, false}, Notice{true, false, false},
                                         Notice{false, true, false}, Notice{false, false, true},
                                         Notice{true, true, false}, Notice{true, false, true},
                                         Notice{false, true, true}, Notice{true, true, true}),
                         name_of);

}  // namespace
}  // namespace countersign
