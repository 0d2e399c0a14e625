// SPDX-License-Identifier: Apache-2.0
#include "network/purchasing_name.h"

#include <gtest/gtest.h>

#include "x509/test_network.h"

namespace countersign::network {
namespace {

TEST(PurchasingName, IsTheMerchantsAmongThePurchasersOfItsDataCentre) {
  const auto data_centre = x509::name("OU=seoul-1,OU=kr,O=Countersign Demo");
  const auto merchant = x509::name("CN=Hangang Books,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo");
  EXPECT_EQ(purchasing_name(merchant, data_centre).value().text(),
            "CN=Hangang Books,OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo");
}

TEST(PurchasingName, IsNoneOfAMerchantWithoutAName) {
  const auto data_centre = x509::name("OU=seoul-1,OU=kr,O=Countersign Demo");
  EXPECT_FALSE(purchasing_name(data_centre, data_centre));
}

}  // namespace
}  // namespace countersign::network
