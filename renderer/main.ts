import './design/base.css';
import { mount } from 'svelte';
import App from './frame/App.svelte';
import { appearance } from './state/appearance.svelte.ts';
import { history } from './state/history.svelte.ts';
import { route } from './state/route.svelte.ts';
import { session } from './state/session.svelte.ts';
import { shortcuts } from './state/shortcuts.svelte.ts';

appearance.start();
route.start();
session.start();
history.start();
shortcuts.start();

const target = document.getElementById('app');
if (target) mount(App, { target });
