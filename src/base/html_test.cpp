// SPDX-License-Identifier: Apache-2.0
#include "base/html.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(HtmlEscape, MakesTextSafeInTagsAndAttributes) {
  EXPECT_EQ(html_escape("<a href=\"x\" title='y'>&amp;</a>"),
            "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;");
  EXPECT_EQ(html_escape("한글"), "한글");
}

}  // namespace
}  // namespace countersign
