"""What trading earned: pure arithmetic on what the exchange said. No database, no clock.

``executions`` one shape for all fills · ``chain`` their order · ``trips`` from flat to flat ·
``excursions`` the worst and best moment of a trip · ``entries`` price PnL, fees and funding by anything ·
``periods`` days, weeks and months of a zone · ``statistics`` · ``returns`` · ``flows`` what ledger rows mean ·
``bridge`` from one equity to the next, residual printed.

Amounts are in the money of the market (its ``quote``: USDC, or the collateral or quote token) unless they
are said to be USD; fees are positive when paid, funding is positive when received; times are Unix ms.
"""
