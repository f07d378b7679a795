// Opens the page, sends GET /v1/app from it, and sees the answer. A request to
// anywhere else than the page's own address fails the visit.
import { chromium } from 'playwright-core'

const page0 = process.env.PAGE
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ['--no-sandbox'], // CI runs as root
})
const page = await browser.newPage()
const elsewhere = []
page.on('request', (r) => {
  if (!r.url().startsWith(page0) && /^https?:/.test(r.url())) elsewhere.push(r.url())
})
page.on('pageerror', (e) => console.error('page error:', e.message))
try {
  await page.goto(page0)
  await page.getByRole('heading', { name: 'Jewelry Display' }).first().waitFor()
  await page.goto(page0 + '#tag/login/GET/v1/app')
  const operation = page.locator('[id$="tag/login/GET/v1/app"]').first()
  await operation.waitFor()
  await operation.getByRole('button', { name: /Test Request/ }).first().click()
  const answer = page.waitForResponse((r) => r.url() === page0 + 'v1/app')
  await page.getByRole('button', { name: /^Send/ }).first().click()
  const { min_version: oldest } = await (await answer).json()
  await page.getByText('200 OK').first().waitFor()
  await page.getByText('min_version').first().waitFor()
  if (!oldest?.ios) throw new Error('the answer is not the app\'s')
  if (elsewhere.length > 0) throw new Error('the page asked elsewhere: ' + elsewhere.join(' '))
  console.log('browse: the page sent GET /v1/app and showed the answer')
} catch (e) {
  console.error(await page.locator('body').innerText().catch(() => ''))
  throw e
} finally {
  await browser.close()
}
